package dev.lamina.models;

import dev.lamina.errors.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Draws a {@link History}: a chart for each loss and metric, with the numbers of the training and, under the same name
 * with {@code val_}, of the validation.
 *
 * <p>XChart draws it. A project that wants plots adds {@code org.knowm.xchart:xchart} to its dependencies; nothing else
 * of Lamina needs it, nor the module java.desktop, which a Java image for serving can do without.
 */
public final class HistoryPlot {
    /** A chart's width in pixels. */
    public static final int WIDTH = 640;

    /** A chart's height in pixels. */
    public static final int HEIGHT = 400;

    private HistoryPlot() {}

    /**
     * Writes a PNG. Two charts lie side by side, further ones below; epochs count from 1, as in the progress bar.
     * Numbers that are not finite leave a gap.
     *
     * @throws IllegalArgumentException if the file's name does not end with .png, or the history is empty
     * @throws IllegalStateException if XChart, the module java.desktop or fonts are missing
     * @throws DataException if the file can't be written
     */
    public static void save(History history, Path file) {
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw new IllegalArgumentException(
                    "[history plot] expected a file name that ends with .png; received " + file + ".");
        }
        if (history.values().isEmpty()) {
            throw new IllegalArgumentException(
                    "[history plot] expected a history of at least one epoch; received an empty one. Call it after fit.");
        }
        byte[] png = png(history);
        try {
            Files.write(file, png);
        } catch (IOException e) {
            throw new DataException("[history plot] expected to write " + file + "; received " + e + ".", e);
        }
    }

    /** Where a class is missing or, as fonts, can't be made ready, Java throws errors. */
    private static byte[] png(History history) {
        try {
            return HistoryCharts.png(history);
        } catch (LinkageError | InternalError e) {
            throw new IllegalStateException(
                    "[history plot] expected XChart on the class path, the module java.desktop and fonts; received " + e
                            + ". Add org.knowm.xchart:xchart to the project; a Java made by jlink needs --add-modules"
                            + " java.desktop, a bare Linux the packages fontconfig and fonts-dejavu-core.",
                    e);
        }
    }
}
