package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Dense;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A model saved on CUDA, with its optimizer, loads on the CPU and back; the same seed trains the same weights. */
@ExtendWith(SimulatedDevice.class)
final class SaveAcrossBackendsCudaTest {
    private static final HostArray X =
            HostArray.zeros(Shape.of(37, 6), DType.FLOAT32).fill(i -> Math.sin(3 * i));
    private static final HostArray Y =
            HostArray.zeros(Shape.of(37, 2), DType.FLOAT32).fill(i -> Math.cos(i));

    @TempDir
    Path folder;

    @BeforeEach
    void useCuda() {
        Backends.use("cuda");
    }

    @AfterEach
    void stayOnCuda() {
        Backends.use("cuda");
    }

    private static Model trained() {
        SeedGenerator.setGlobalSeed(9);
        Sequential model = Sequential.of(new Dense(13, "tanh"), new BatchNormalization(), new Dense(2));
        model.compile("adam", "mse");
        model.fit(X, Y, FitOptions.epochs(2).batchSize(8).verbose(false));
        return model;
    }

    /** The weights, and what the optimizer keeps. */
    private static List<double[]> values(Model model) {
        return Stream.concat(model.weights().stream(), model.optimizer().variables().stream())
                .map(variable -> variable.toHost().toDoubleArray())
                .toList();
    }

    @Test
    void cudaToCpuAndBack() {
        Path first = folder.resolve("cuda.keras");
        Path second = folder.resolve("cpu.keras");
        List<double[]> weights;
        float[] predictions;
        try (Model model = trained()) {
            model.save(first);
            weights = values(model);
            assertThat(weights).hasSize(8 + 2 + 2 * 6);
            predictions = model.predict(X).toFloatArray();
        }
        Backends.use("cpu");
        try (Model model = Model.load(first)) {
            assertThat(values(model)).usingRecursiveComparison().isEqualTo(weights);
            assertThat(model.predict(X).toFloatArray())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(predictions);
            model.save(second);
        }
        Backends.use("cuda");
        try (Model model = Model.load(second)) {
            assertThat(values(model)).usingRecursiveComparison().isEqualTo(weights);
            assertThat(model.predict(X).toFloatArray()).containsExactly(predictions);
        }
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        try (Model first = trained();
                Model second = trained()) {
            assertThat(values(second)).usingRecursiveComparison().isEqualTo(values(first));
            assertThat(second.predict(X).toFloatArray())
                    .containsExactly(first.predict(X).toFloatArray());
        }
    }
}
