package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.data.Digits;
import dev.lamina.data.NpyFormat;
import dev.lamina.errors.BackendUnavailableException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainAndUseTest {
    private static final String ACCURACY = "test accuracy [01]\\.[0-9]{4}";

    @TempDir
    Path folder;

    @Test
    void trainSaveInspectEvaluatePredict() throws IOException {
        Path model = folder.resolve("digits.keras");
        Path plot = folder.resolve("digits.png");
        Run train = Run.of("train", "--epochs", 1, "--seed", 1, "--backend", "cpu", "--save", model, "--plot", plot);
        assertThat(train.err()).isEmpty();
        assertThat(train.exitCode()).isZero();
        assertThat(train.out().get(0)).isEqualTo("data:    digits, 1438 training and 359 test samples of shape (8, 8)");
        assertThat(train.out().get(1)).startsWith("model:   mlp, ");
        assertThat(train.out().get(2)).matches("backend: cpu, [0-9]+ threads?");
        assertThat(train.all()).contains("Epoch 1/1", "saved " + model, "plotted " + plot);
        assertThat(plot).isNotEmptyFile();
        assertThat(train.lastLine()).matches(ACCURACY);

        Run evaluate = Run.of("evaluate", "--model", model, "digits");
        assertThat(evaluate.exitCode()).isZero();
        assertThat(evaluate.lastLine()).isEqualTo(train.lastLine());
        assertThat(Run.of("evaluate", "--model", model).lastLine()).isEqualTo(train.lastLine());

        Run inspect = Run.of("inspect", model);
        assertThat(inspect.exitCode()).isZero();
        assertThat(inspect.all())
                .contains(
                        "Keras 3 archive, of Keras 3.15.1",
                        "Model: \"sequential",
                        "layers/dense/vars/0",
                        "float32 (64, ");

        Path x = folder.resolve("x.npy");
        Path y = folder.resolve("y.npy");
        NpyFormat.write(x, Digits.loadMixedSplit().test().x());
        Run predict = Run.of("predict", "--model", model, "--input", x, "--output", y, "--batch-size", 100);
        assertThat(predict.err()).isEmpty();
        assertThat(predict.exitCode()).isZero();
        HostArray predicted = NpyFormat.read(y);
        assertThat(predicted.shape().sizes()).containsExactly(359, 10);
        assertThat("test accuracy " + String.format(java.util.Locale.ROOT, "%.4f", accuracy(predicted)))
                .isEqualTo(train.lastLine());

        refusals(model, x);
    }

    private void refusals(Path model, Path x) throws IOException {
        Run shape = Run.of("evaluate", "fashion-mnist", "--data", folder, "--model", model);
        assertThat(shape.exitCode()).isIn(2);
        Path bytes = folder.resolve("bytes.npy");
        NpyFormat.write(bytes, NpyFormat.read(x).cast(DType.UINT8));
        Run type = Run.of("predict", "--model", model, "--input", bytes, "--output", folder.resolve("z.npy"));
        assertThat(type.exitCode()).isEqualTo(2);
        assertThat(type.err())
                .singleElement()
                .asString()
                .contains("expected samples of float32, scaled as in training");
        Path damaged = folder.resolve("damaged");
        byte[] whole = Files.readAllBytes(model);
        Files.write(damaged, Arrays.copyOf(whole, whole.length - 500));
        Run broken = Run.of("evaluate", "--model", damaged);
        assertThat(broken.exitCode()).isEqualTo(2);
        assertThat(broken.err()).singleElement().asString().contains("damaged");
    }

    private static double accuracy(HostArray predicted) {
        HostArray labels = Digits.loadMixedSplit().test().y();
        int right = 0;
        for (int i = 0; i < 359; i++) {
            int best = 0;
            for (int j = 1; j < 10; j++) {
                best = predicted.getDouble(i * 10L + j) > predicted.getDouble(i * 10L + best) ? j : best;
            }
            right += best == labels.getLong(i) ? 1 : 0;
        }
        return right / 359.0;
    }

    @Test
    void theSameSeedGivesTheSameAccuracy() {
        Run first = Run.of("train", "digits", "--epochs", 1, "--seed", 5);
        Run second = Run.of("train", "digits", "--epochs", 1, "--seed", 5);
        assertThat(first.lastLine()).matches(ACCURACY).isEqualTo(second.lastLine());
        assertThat(first.out().get(first.out().size() - 2))
                .isEqualTo(second.out().get(second.out().size() - 2));
    }

    @Test
    void theConvolutionalModelAndEagerRunsWork() {
        assertThat(Run.of("train", "--model", "cnn", "--epochs", 1, "--batch-size", 64)
                        .lastLine())
                .matches(ACCURACY);
        assertThat(Run.of("train", "--epochs", 1, "--batch-size", 128, "--model", "mlp", "--run-eagerly")
                        .lastLine())
                .matches(ACCURACY);
    }

    @Test
    void cudaWithoutADeviceSaysWhy() {
        try {
            Backends.use("cuda");
            Backends.use("auto");
            Assumptions.abort("this machine has a CUDA device");
        } catch (BackendUnavailableException e) {
            Run run = Run.of("train", "--backend", "cuda");
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err()).singleElement().asString().contains("cuda");
        }
    }

    @Test
    void doctorFindsTheCpu() {
        Run run = Run.of("doctor");
        assertThat(run.exitCode()).isZero();
        assertThat(run.all())
                .contains(
                        "lamina:",
                        "java:",
                        "cores:",
                        "backends:",
                        "cpu: available: cpu, ",
                        "matrix products",
                        "digits: 1797",
                        "right: true");
        Run json = Run.of("doctor", "--json");
        assertThat(json.exitCode()).isZero();
        assertThat(com.google.gson.JsonParser.parseString(json.all())
                        .getAsJsonObject()
                        .getAsJsonObject("matmul on cpu")
                        .get("right")
                        .getAsBoolean())
                .isTrue();
    }
}
