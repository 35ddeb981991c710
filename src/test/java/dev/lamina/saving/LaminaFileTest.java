package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.models.Model;
import dev.lamina.models.ModelFormat;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaminaFileTest {
    private static final HostArray X = HostArray.of(new float[] {0.1f, 0.2f, 0.3f, 0.4f, -1f, 2f, -3f, 4f}, 2, 2, 2);

    @TempDir
    Path folder;

    private static final class Unregistered extends Layer {
        private final Dense inner = new Dense(3);

        @Override
        protected Tensor call(Tensor x) {
            return inner.apply(x);
        }
    }

    @Test
    void theFormatIsFoundByServiceLoader() {
        assertThat(ModelFormat.find()).isInstanceOf(LaminaFile.class);
    }

    @Test
    void loadedModelPredictsTheSameBits() {
        Path file = folder.resolve("model.lamina");
        try (Sequential model = Models.unbuilt(5)) {
            HostArray expected = model.predict(X);
            model.save(file);
            try (Model loaded = LaminaFile.load(file)) {
                assertThat(loaded.predict(X).toFloatArray()).isEqualTo(expected.toFloatArray());
                assertThat(loaded.builtFor())
                        .containsExactly(new TensorSpec(Shape.of(Shape.UNKNOWN, 2, 2), DType.FLOAT32));
                assertThat(loaded.name()).isEqualTo(model.name());
            }
        }
    }

    @Test
    void weightsAndSeedStatesGoIntoAModelWithOtherNames() {
        Path file = folder.resolve("model.lamina");
        try (Sequential from = Models.built(5);
                Sequential to = Models.built(5)) {
            from.save(file);
            to.loadWeights(file);
            List<Variable> expected = from.variables();
            List<Variable> received = to.variables();
            assertThat(received).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(received.get(i).toHost().toString())
                        .isEqualTo(expected.get(i).toHost().toString());
            }
        }
    }

    @Test
    void contentsListsPathsByStructure() {
        Path file = folder.resolve("model.lamina");
        try (Sequential model = Models.built(5)) {
            model.save(file);
        }
        ModelContents contents = LaminaFile.contents(file);
        assertThat(contents.format()).isEqualTo("lamina/1");
        assertThat(contents.className()).isEqualTo("Sequential");
        assertThat(contents.hasConfig()).isTrue();
        assertThat(contents.weights())
                .extracting(StoredWeight::toString)
                .containsExactly(
                        "dense/kernel float32 (4, 5)",
                        "dense/bias float32 (5,)",
                        "batch_normalization/gamma float32 (5,)",
                        "batch_normalization/beta float32 (5,)",
                        "batch_normalization/moving_mean float32 (5,)",
                        "batch_normalization/moving_variance float32 (5,)",
                        "dense_1/kernel float32 (5, 3)",
                        "dense_1/bias float32 (3,)",
                        "dropout/seed_generator_state int64 (2,)");
    }

    @Test
    void bfloat16IsWrittenAsItsBytes() {
        Path file = folder.resolve("model.lamina");
        LayerOptions options = LayerOptions.DEFAULT.withDType(DTypePolicy.of("bfloat16"));
        try (Sequential model = new Sequential(options)) {
            model.add(Dense.of(3).dtype("bfloat16").build());
            model.computeOutputSpecs(List.of(new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.BFLOAT16)));
            model.save(file);
            assertThat(LaminaFile.contents(file).weights().get(0).spec().dtype())
                    .isEqualTo(DType.BFLOAT16);
            try (Model loaded = LaminaFile.load(file)) {
                assertThat(loaded.weights().get(0).toHost().toString())
                        .isEqualTo(model.weights().get(0).toHost().toString());
            }
        }
    }

    @Test
    void unregisteredLayerLeavesTheConfigOut() {
        Path file = folder.resolve("model.lamina");
        TensorSpec input = new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.FLOAT32);
        try (Sequential model = Sequential.of(new Unregistered());
                Sequential other = Sequential.of(new Unregistered())) {
            model.computeOutputSpecs(List.of(input));
            other.computeOutputSpecs(List.of(input));
            model.save(file);
            assertThat(LaminaFile.contents(file).hasConfig()).isFalse();
            assertThatThrownBy(() -> LaminaFile.load(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("holds only the weights of Sequential")
                    .hasMessageContaining("model.loadWeights(file)");
            other.loadWeights(file);
            assertThat(other.weightValues().get(0).toFloatArray())
                    .isEqualTo(model.weightValues().get(0).toFloatArray());
        }
    }

    @Test
    void unbuiltModelSaysHowToBuildIt() {
        try (Sequential model = Models.unbuilt(5)) {
            assertThatThrownBy(() -> model.save(folder.resolve("model.lamina")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected a built model to save")
                    .hasMessageContaining("model.buildFor(inputShape)");
            assertThatThrownBy(() -> model.loadWeights(folder.resolve("model.lamina")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected a built model to load weights into");
        }
    }

    @Test
    void mismatchListsEveryDifferenceAndChangesNothing() {
        Path file = folder.resolve("model.lamina");
        try (Sequential from = Models.built(5);
                Sequential to = Models.built(6)) {
            from.save(file);
            float[] before = to.weightValues().get(0).toFloatArray();
            assertThatThrownBy(() -> to.loadWeights(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("received 7 differences")
                    .hasMessageContaining(
                            "weight 0: expected dense/kernel float32 (4, 6); received dense/kernel float32 (4, 5).")
                    .hasMessageContaining(
                            "weight 6: expected dense_1/kernel float32 (6, 3); received dense_1/kernel float32 (5, 3).");
            assertThat(to.weightValues().get(0).toFloatArray()).isEqualTo(before);
        }
    }

    @Test
    void otherNumberOfWeightsIsSaid() {
        Path file = folder.resolve("model.lamina");
        try (Sequential from = Models.built(5);
                Sequential to = Models.build(Sequential.of(new dev.lamina.layers.Flatten(), new Dense(5, "relu")))) {
            from.save(file);
            assertThatThrownBy(() -> to.loadWeights(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("expected 2 weights; received 9.")
                    .hasMessageContaining("weight 2: expected none; received batch_normalization/gamma float32 (5,).");
        }
    }

    @Test
    void failedSaveLeavesTheOldFileWhole() throws IOException {
        Path file = folder.resolve("model.lamina");
        try (Sequential model = Models.built(5)) {
            model.save(file);
            byte[] before = Files.readAllBytes(file);
            List<Variable> variables = model.variables();
            variables.get(variables.size() - 1).close();
            assertThatThrownBy(() -> model.save(file)).isInstanceOf(ReleasedTensorException.class);
            assertThat(Files.readAllBytes(file)).isEqualTo(before);
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).containsExactly(file);
            }
        }
    }

    @Test
    void theSameModelGivesTheSameBytes() throws IOException {
        Path first = folder.resolve("first.lamina");
        Path second = folder.resolve("second.lamina");
        try (Sequential model = Models.built(5)) {
            model.save(first);
            model.save(second);
        }
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }
}
