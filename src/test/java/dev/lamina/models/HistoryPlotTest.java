package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.errors.DataException;
import dev.lamina.layers.Dense;
import dev.lamina.optimizers.SGD;
import dev.lamina.tensor.HostArray;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plot of a training can be read as a picture again, and shows its curves. */
final class HistoryPlotTest {
    private static final TrainingContext NONE = (TrainingContext) Proxy.newProxyInstance(
            HistoryPlotTest.class.getClassLoader(), new Class<?>[] {TrainingContext.class}, (p, method, a) -> {
                throw new AssertionError(method);
            });

    @TempDir
    private Path folder;

    private static void epoch(History history, int epoch, Object... namesAndValues) {
        Map<String, Double> logs = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            logs.put((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).doubleValue());
        }
        history.onEpochEnd(epoch, Logs.of(logs), NONE);
    }

    private BufferedImage plot(History history) throws IOException {
        Path file = folder.resolve("history.png");
        HistoryPlot.save(history, file);
        return ImageIO.read(file.toFile());
    }

    /** How many pixels have just this color; more than the legend's line has, if there is a curve. */
    private static int pixels(BufferedImage image, Color color) {
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += image.getRGB(x, y) == color.getRGB() ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void aTrainingsLossAndItsValidation() throws IOException {
        HostArray x = HostArray.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 8, 1);
        try (Sequential model = Sequential.of(new Dense(1))) {
            model.compile(CompileOptions.with(new SGD(0.01)).loss("mse"));
            History history = model.fit(
                    x, x, FitOptions.epochs(6).batchSize(2).validationSplit(0.5).verbose(false));

            BufferedImage image = plot(history);

            assertThat(image.getWidth()).isEqualTo(HistoryPlot.WIDTH);
            assertThat(image.getHeight()).isEqualTo(HistoryPlot.HEIGHT);
            assertThat(pixels(image, HistoryCharts.TRAINING)).isGreaterThan(500);
            assertThat(pixels(image, HistoryCharts.VALIDATION)).isGreaterThan(500);
            assertThat(pixels(image, Color.WHITE)).isGreaterThan(100_000);
        }
    }

    @Test
    void aChartForEachMetricTwoSideBySide() throws IOException {
        History history = new History();
        for (int i = 0; i < 5; i++) {
            epoch(history, i, "loss", 1.0 / (i + 1), "accuracy", i / 5.0, "learning_rate", 0.1, "val_loss", 0.5);
        }

        BufferedImage image = plot(history);

        assertThat(image.getWidth()).isEqualTo(2 * HistoryPlot.WIDTH);
        assertThat(image.getHeight()).isEqualTo(2 * HistoryPlot.HEIGHT);
        BufferedImage accuracy = image.getSubimage(HistoryPlot.WIDTH, 0, HistoryPlot.WIDTH, HistoryPlot.HEIGHT);
        assertThat(pixels(accuracy, HistoryCharts.TRAINING)).isGreaterThan(500);
        assertThat(pixels(accuracy, HistoryCharts.VALIDATION)).isZero();
    }

    @Test
    void validationLiesAtItsOwnEpochs() {
        History history = new History();
        epoch(history, 0, "loss", 3);
        epoch(history, 1, "loss", 2, "val_loss", 4);

        assertThat(history.epochs("loss")).containsExactly(0, 1);
        assertThat(history.epochs("val_loss")).containsExactly(1);
        assertThatThrownBy(() -> history.epochs("mae"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[history] expected one of [loss, val_loss]; received \"mae\".");
    }

    @Test
    void oneEpochAndNumbersThatAreNotFinite() throws IOException {
        History one = new History();
        epoch(one, 0, "loss", 0);
        assertThat(pixels(plot(one), HistoryCharts.TRAINING)).isGreaterThan(20);
        History gaps = new History();
        double[] values = {1, Double.NaN, 2, Double.POSITIVE_INFINITY, 1, 3};
        for (int i = 0; i < values.length; i++) {
            epoch(gaps, i, "loss", values[i], "mae", Double.NaN);
        }
        assertThat(pixels(plot(gaps), HistoryCharts.TRAINING)).isGreaterThan(100);
    }

    @Test
    void saysWhatItNeeds() {
        History history = new History();
        assertThatThrownBy(() -> HistoryPlot.save(history, folder.resolve("history.jpg")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("[history plot] expected a file name that ends with .png; received ");
        assertThatThrownBy(() -> HistoryPlot.save(history, folder.resolve("history.png")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[history plot] expected a history of at least one epoch; received an empty one. Call it "
                        + "after fit.");
        epoch(history, 0, "loss", 1);
        assertThatThrownBy(
                        () -> HistoryPlot.save(history, folder.resolve("none").resolve("history.png")))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("[history plot] expected to write ");
    }

    /** Lamina's classes once more, without XChart. */
    private static final class WithoutXChart extends ClassLoader {
        WithoutXChart() {
            super(HistoryPlotTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.knowm.")) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith("dev.lamina.models.History")) {
                return super.loadClass(name, resolve);
            }
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Test
    void withoutXChartItSaysWhatToAdd() throws ReflectiveOperationException {
        ClassLoader loader = new WithoutXChart();
        Class<?> type = loader.loadClass(History.class.getName());
        Object history = type.getConstructor().newInstance();
        type.getMethod("onEpochEnd", int.class, Logs.class, TrainingContext.class)
                .invoke(history, 0, Logs.of(Map.of("loss", 1.0)), NONE);
        Method save = loader.loadClass(HistoryPlot.class.getName()).getMethod("save", type, Path.class);
        Path file = folder.resolve("history.png");

        assertThatThrownBy(() -> save.invoke(null, history, file))
                .isInstanceOf(InvocationTargetException.class)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("[history plot] expected XChart on the class path, the module java.desktop and "
                        + "fonts; received java.lang.NoClassDefFoundError: org/knowm/xchart/")
                .hasMessageContaining(". Add org.knowm.xchart:xchart to the project;");
        assertThat(Files.exists(file)).isFalse();
    }
}
