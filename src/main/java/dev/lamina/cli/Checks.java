package dev.lamina.cli;

import dev.lamina.models.Model;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Looks at arguments before the work begins, and prints what several commands print. */
final class Checks {
    private Checks() {}

    static void positive(CommandSpec command, String option, int value) {
        if (value < 1) {
            throw new ParameterException(
                    command.commandLine(), "expected " + option + " of at least 1; received " + value);
        }
    }

    /** That a file can be written, so that a long work is not lost at its end. */
    static void writable(CommandSpec command, String option, Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw new ParameterException(
                    command.commandLine(), "expected a file after " + option + "; received the folder " + file);
        }
        if (parent == null || !Files.isDirectory(parent)) {
            throw new ParameterException(
                    command.commandLine(),
                    "expected a file in a folder that exists after " + option + "; received " + file);
        }
        if (!Files.isWritable(Files.exists(file) && !Files.isRegularFile(file) ? file : parent)) {
            throw new ParameterException(
                    command.commandLine(),
                    "expected a file that may be written after " + option + "; received " + file);
        }
    }

    /** That samples have the shape the model was built for. */
    static void fits(String where, Model model, HostArray x) {
        Shape expected = model.builtFor().get(0).shape();
        if (!expected.isCompatibleWith(x.shape())) {
            throw new IllegalArgumentException("[" + where + "] expected samples of shape " + expected
                    + ", which the model was trained on; received " + x.shape() + ".");
        }
    }

    /** The last line of train and evaluate. */
    static String accuracyLine(Map<String, Double> measured) {
        return String.format(Locale.ROOT, "test accuracy %.4f", measured.getOrDefault("accuracy", Double.NaN));
    }

    static String lossLine(Map<String, Double> measured) {
        return String.format(Locale.ROOT, "test loss %.4f", measured.getOrDefault("loss", Double.NaN));
    }
}
