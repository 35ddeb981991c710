package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Flatten;
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

/** Models go into .keras and .weights.h5 files and come back. */
final class KerasFileTest {
    private static final HostArray X = HostArray.of(new float[] {0.1f, 0.2f, 0.3f, 0.4f, -1f, 2f, -3f, 4f}, 2, 2, 2);

    @TempDir
    private Path folder;

    private static final class Unregistered extends Layer {
        private final Dense inner = new Dense(3);

        @Override
        protected Tensor call(Tensor x) {
            return inner.apply(x);
        }
    }

    @Test
    void theFormatIsFoundByServiceLoader() {
        assertThat(ModelFormat.find()).isInstanceOf(KerasFile.class);
    }

    @Test
    void loadedModelPredictsTheSameBits() {
        Path file = folder.resolve("model.keras");
        try (Sequential model = SmallModels.unbuilt(5)) {
            HostArray expected = model.predict(X);
            model.save(file);
            try (Model loaded = Model.load(file)) {
                assertThat(loaded.predict(X).toFloatArray()).isEqualTo(expected.toFloatArray());
                assertThat(loaded.builtFor())
                        .containsExactly(new TensorSpec(Shape.of(Shape.UNKNOWN, 2, 2), DType.FLOAT32));
                assertThat(loaded.name()).isEqualTo(model.name());
                assertThat(loaded.config()).isEqualTo(model.config());
            }
        }
    }

    @Test
    void weightsGoIntoAModelWithOtherNames() {
        for (String name : List.of("model.keras", "model.weights.h5")) {
            Path file = folder.resolve(name);
            try (Sequential from = SmallModels.built(5);
                    Sequential to = SmallModels.built(5)) {
                from.save(file);
                to.loadWeights(file);
                assertThat(to.weightValues())
                        .extracting(HostArray::toString)
                        .containsExactlyElementsOf(from.weightValues().stream()
                                .map(HostArray::toString)
                                .toList());
            }
        }
    }

    @Test
    void contentsListsKerassPaths() {
        Path file = folder.resolve("model.keras");
        try (Sequential model = SmallModels.built(5)) {
            model.save(file);
        }
        ModelContents contents = KerasFile.contents(file);
        assertThat(contents.format()).isEqualTo("Keras 3 archive");
        assertThat(contents.kerasVersion()).contains("3.15.1");
        assertThat(contents.className()).contains("Sequential");
        assertThat(contents.arrays().toString())
                .isEqualTo("{layers/dense/vars/0=float32 (4, 5), layers/dense/vars/1=float32 (5,), "
                        + "layers/batch_normalization/vars/0=float32 (5,), "
                        + "layers/batch_normalization/vars/1=float32 (5,), "
                        + "layers/batch_normalization/vars/2=float32 (5,), "
                        + "layers/batch_normalization/vars/3=float32 (5,), "
                        + "layers/dense_1/vars/0=float32 (5, 3), layers/dense_1/vars/1=float32 (3,)}");
    }

    @Test
    void halfPrecisionKeepsItsBits() {
        for (String policy : List.of("bfloat16", "float16", "float64")) {
            Path file = folder.resolve("model.keras");
            try (Sequential model = new Sequential(LayerOptions.DEFAULT.withDType(DTypePolicy.of(policy)))) {
                model.add(Dense.of(3).dtype(policy).build());
                model.computeOutputSpecs(List.of(new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.of(policy))));
                model.save(file);
                assertThat(KerasFile.contents(file)
                                .arrays()
                                .get("layers/dense/vars/0")
                                .dtype())
                        .isEqualTo(DType.of(policy));
                try (Model loaded = Model.load(file)) {
                    assertThat(loaded.weights().get(0).toHost().toString())
                            .isEqualTo(model.weights().get(0).toHost().toString());
                }
            }
        }
    }

    @Test
    void anUnregisteredLayerSavesItsWeightsAlone() {
        TensorSpec input = new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.FLOAT32);
        Path file = folder.resolve("model.weights.h5");
        try (Sequential model = Sequential.of(new Unregistered());
                Sequential other = Sequential.of(new Unregistered())) {
            model.computeOutputSpecs(List.of(input));
            other.computeOutputSpecs(List.of(input));
            assertThatThrownBy(() -> model.save(folder.resolve("model.keras")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Call LayerRegistry.register(name, type, factory) first.");
            model.saveWeights(file);
            assertThat(KerasFile.contents(file).arrays()).containsKey("layers/unregistered/inner/vars/0");
            other.loadWeights(file);
            assertThat(other.weightValues().get(0).toFloatArray())
                    .isEqualTo(model.weightValues().get(0).toFloatArray());
        }
    }

    @Test
    void unbuiltModelSaysHowToBuildIt() {
        try (Sequential model = SmallModels.unbuilt(5)) {
            assertThatThrownBy(() -> model.save(folder.resolve("model.keras")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected a built model to save")
                    .hasMessageContaining("model.buildFor(inputShape)");
            assertThatThrownBy(() -> model.loadWeights(folder.resolve("model.keras")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected a built model to load weights into");
        }
    }

    @Test
    void otherEndingsAreErrors() {
        try (Sequential model = SmallModels.built(5)) {
            assertThatThrownBy(() -> model.save(folder.resolve("model.h5")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("[save] expected a file name that ends with .keras, or with .weights.h5");
            assertThatThrownBy(() -> model.saveWeights(folder.resolve("model.keras")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("[save] expected a file name that ends with .weights.h5; received ");
        }
    }

    @Test
    void mismatchListsEveryDifferenceAndChangesNothing() {
        Path file = folder.resolve("model.keras");
        try (Sequential from = SmallModels.built(5);
                Sequential to = SmallModels.built(6)) {
            from.save(file);
            float[] before = to.weightValues().get(0).toFloatArray();
            float[] bias = from.weightValues().get(7).toFloatArray();
            bias[0] = 9;
            from.weights().get(7).assign(HostArray.of(bias));
            from.save(file);
            assertThatThrownBy(() -> to.loadWeights(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("received 7 differences:")
                    .hasMessageContaining(
                            "/kernel\": expected shape (4, 6); received (4, 5) at " + "\"layers/dense/vars/0\".")
                    .hasMessageContaining("expected shape (6, 3); received (5, 3) at \"layers/dense_1/vars/0\".")
                    .hasMessageContaining("loadWeights(file, true)");
            assertThat(to.weightValues().get(0).toFloatArray()).isEqualTo(before);
            to.loadWeights(file, true);
            assertThat(to.weightValues().get(0).toFloatArray()).isEqualTo(before);
            assertThat(to.weightValues().get(7).toFloatArray()).isEqualTo(bias);
        }
    }

    @Test
    void moreAndFewerWeightsAreErrors() {
        Path file = folder.resolve("model.weights.h5");
        try (Sequential from = SmallModels.built(5);
                Sequential fewer = SmallModels.build(Sequential.of(new Flatten(), new Dense(5, "relu")))) {
            from.save(file);
            assertThatThrownBy(() -> fewer.loadWeights(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("received 6 differences:")
                    .hasMessageContaining("received one more at \"layers/batch_normalization/vars/0\".");
            fewer.save(file);
            assertThatThrownBy(() -> from.loadWeights(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("at \"layers/batch_normalization\": expected 4 weights")
                    .hasMessageContaining("received 0.");
        }
    }

    @Test
    void failedSaveLeavesTheOldFileWhole() throws IOException {
        Path file = folder.resolve("model.keras");
        try (Sequential model = SmallModels.built(5)) {
            model.save(file);
            byte[] before = Files.readAllBytes(file);
            List<Variable> weights = model.weights();
            weights.get(weights.size() - 1).close();
            assertThatThrownBy(() -> model.save(file)).isInstanceOf(ReleasedTensorException.class);
            assertThat(Files.readAllBytes(file)).isEqualTo(before);
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).containsExactly(file);
            }
        }
    }

    @Test
    void theSameWeightsGiveTheSameBytes() throws IOException {
        Path first = folder.resolve("first.weights.h5");
        Path second = folder.resolve("second.weights.h5");
        try (Sequential model = SmallModels.built(5)) {
            model.save(first);
            model.save(second);
        }
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }
}
