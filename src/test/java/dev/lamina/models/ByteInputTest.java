package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.cuda.WithoutCublasLt;
import dev.lamina.layers.Conv2D;
import dev.lamina.layers.Dense;
import dev.lamina.layers.EinsumDense;
import dev.lamina.layers.Embedding;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.Rescaling;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bytes, and other whole numbers, as inputs of a Sequential train to the bits of the same numbers as float32; bytes at
 * a quarter of their size.
 */
@ExtendWith(WithoutCublasLt.class)
final class ByteInputTest {
    private static final int SAMPLES = 29;

    private record Outcome(Map<String, List<Double>> history, List<HostArray> weights, HostArray predictions) {}

    private static Outcome train(Supplier<Sequential> of, HostArray x, int epochs) {
        SeedGenerator.setGlobalSeed(17);
        try (Sequential model = of.get()) {
            model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
            History history = model.fit(
                    x,
                    TestModels.labels(SAMPLES, 2),
                    FitOptions.epochs(epochs).batchSize(4).verbose(false));
            return new Outcome(history.values(), model.weightValues(), model.predict(x));
        }
    }

    private static void assertSame(Supplier<Sequential> of, HostArray bytes) {
        Outcome wide = train(of, bytes.cast(DType.FLOAT32), 3);
        Outcome narrow = train(of, bytes, 3);
        assertThat(narrow.history()).isEqualTo(wide.history());
        assertThat(narrow.predictions().toFloatArray())
                .isEqualTo(wide.predictions().toFloatArray());
        for (int i = 0; i < wide.weights().size(); i++) {
            assertThat(narrow.weights().get(i).toFloatArray())
                    .isEqualTo(wide.weights().get(i).toFloatArray());
        }
    }

    private static HostArray pixels(int... row) {
        return HostArray.zeros(Shape.of(row).prepend(SAMPLES), DType.UINT8).fill(i -> i * 37 % 256);
    }

    @Test
    void aDenseLayerFirst() {
        assertSame(() -> Sequential.of(new Dense(7, "tanh"), new Dense(TestModels.CLASSES, "softmax")), pixels(13));
    }

    @Test
    void scaledByTheModel() {
        assertSame(
                () -> Sequential.of(
                        new Rescaling(1.0 / 127.5, -1), new Flatten(), new Dense(TestModels.CLASSES, "softmax")),
                pixels(8, 8));
    }

    @Test
    void images() {
        assertSame(
                () -> Sequential.of(new Conv2D(3, 3, "relu"), new Flatten(), new Dense(TestModels.CLASSES, "softmax")),
                pixels(6, 6, 1));
    }

    @Test
    void truthValues() {
        assertSame(
                () -> Sequential.of(new Dense(TestModels.CLASSES, "softmax")),
                HostArray.zeros(Shape.of(SAMPLES, 5), DType.BOOL).fill(i -> i % 3 % 2));
    }

    @ParameterizedTest
    @EnumSource(names = {"INT32", "INT64"})
    void wholeNumbersOfOtherTypes(DType type) {
        assertSame(
                () -> Sequential.of(new Dense(TestModels.CLASSES, "softmax")),
                pixels(13).cast(type));
        assertSame(
                () -> Sequential.of(new Conv2D(3, 3, "relu"), new Flatten(), new Dense(TestModels.CLASSES, "softmax")),
                pixels(6, 6, 1).cast(type));
    }

    /** The layers between keep whole numbers; an EinsumDense takes them. */
    @Test
    void wholeNumbersBehindALayerThatKeepsThem() {
        assertSame(
                () -> Sequential.of(
                        new Flatten(),
                        EinsumDense.of("ab,bc->ac", TestModels.CLASSES)
                                .activation("softmax")
                                .build()),
                pixels(3, 3).cast(DType.INT32));
    }

    @Test
    void wordsStayWholeNumbers() {
        HostArray words = pixels(4);
        Supplier<Sequential> model =
                () -> Sequential.of(new Embedding(256, 3), new Flatten(), new Dense(TestModels.CLASSES, "softmax"));
        Outcome bytes = train(model, words, 1);
        assertThat(bytes.history())
                .isEqualTo(train(model, words.cast(DType.INT32), 1).history());
    }

    /** Keras convolves no bytes: a file that says they come in could not be loaded there. */
    @Test
    void theConfigSaysWhatTheyAreCastTo() {
        try (Sequential model = Sequential.of(new Conv2D(3, 3), new Flatten(), new Dense(1))) {
            HostArray bytes = pixels(6, 6, 1);
            HostArray before = model.predict(bytes);
            assertThat(model.config().get("layers").toString())
                    .startsWith("[{module=keras.layers, "
                            + "class_name=InputLayer, config={batch_shape=[null, 6, 6, 1], dtype=float32, ");
            try (Sequential again = Sequential.fromConfig(model.config())) {
                again.setWeightValues(model.weightValues());
                assertThat(again.predict(bytes).toFloatArray()).isEqualTo(before.toFloatArray());
            }
        }
    }
}
