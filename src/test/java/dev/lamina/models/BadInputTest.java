package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.errors.ShapeException;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.LayerOptions;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a user hears who hands a model the wrong thing. */
final class BadInputTest {
    private Sequential model;
    private final HostArray x = TestModels.images(8, 1);
    private final HostArray y = TestModels.labels(8, 2);
    private static final FitOptions QUIET = FitOptions.DEFAULT.verbose(false);

    @BeforeEach
    void make() {
        model = new Sequential(LayerOptions.named("net"));
        model.add(new Flatten(LayerOptions.named("flatten")));
        model.add(Dense.of(TestModels.CLASSES).activation("softmax").name("out").build());
        model.compile("sgd", "sparse_categorical_crossentropy", "accuracy");
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void fitBeforeCompile() {
        try (Sequential other = new Sequential(LayerOptions.named("raw"))) {
            assertThatThrownBy(() -> other.fit(x, y))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[raw] expected a compiled model for fit; call compile first.");
        }
    }

    @Test
    void unequalSampleCounts() {
        assertThatThrownBy(() -> model.fit(x, y.rows(0, 7), QUIET))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[fit] expected the same number of samples in all arrays; received x [8] and y [7].");
    }

    @Test
    void labelsOutOfRange() {
        y.setLong(3, 5);

        assertThatThrownBy(() -> model.fit(x, y, QUIET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[sparse_categorical_crossentropy] expected labels from 0 to 4, for predictions of 5 classes; "
                                + "received 5 at sample 3.");
    }

    @Test
    void nanAsLabel() {
        HostArray labels = y.cast(DType.FLOAT32);
        labels.setDouble(2, Double.NaN);

        assertThatThrownBy(() -> model.evaluate(x, labels))
                .isInstanceOf(DTypeException.class)
                .hasMessage(
                        "[sparse_categorical_crossentropy] expected whole numbers as labels; received NaN at sample 2.");
    }

    @Test
    void anotherInputShapeThanTheModelWasBuiltFor() {
        model.fit(x, y, QUIET);

        assertThatThrownBy(() -> model.predict(HostArray.zeros(Shape.of(2, 9, 9), DType.FLOAT32)))
                .isInstanceOf(ShapeException.class)
                .hasMessageStartingWith(
                        "[out] expected the last axis of the input to be 64, fixed when the layer was built; "
                                + "received shape (2, 81).")
                .hasMessageContaining("while calling Sequential \"net\" on [float32 (2, 9, 9)]");
    }

    @Test
    void targetsOfAnotherShape() {
        assertThatThrownBy(() -> model.fit(x, HostArray.zeros(Shape.of(8, 3), DType.INT32), QUIET))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining(
                        "[sparse_categorical_crossentropy] expected integer labels of shape (8,) for predictions"
                                + " (8, 5); received (8, 3).");
    }

    @Test
    void aLossNeverBroadcasts() {
        model.compile("sgd", "mse");

        assertThatThrownBy(() -> model.fit(x, HostArray.zeros(Shape.of(8), DType.FLOAT32), QUIET))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining(
                        "[mean_squared_error] expected targets and predictions of the same shape; received targets"
                                + " (8,) and predictions (8, 5). Nothing is broadcast in a loss: reshape one of them.");
    }

    @Test
    void rankTooSmall() {
        try (Dense dense = Dense.of(3).name("d").build()) {
            assertThatThrownBy(() -> dense.apply(HostArray.of(new float[] {1, 2})))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage(
                            "[d] expected the input to be of rank 2 or more; received shape (2,). Is the batch axis, or the"
                                    + " channel axis, missing?");
        }
    }

    @Test
    void aMissingFlatten() {
        try (Dense dense = Dense.of(3).name("d").build()) {
            dense.buildFor(Shape.of(Shape.UNKNOWN, 64));

            assertThatThrownBy(() -> dense.apply(x))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage(
                            "[d] expected the last axis of the input to be 64, fixed when the layer was built; received"
                                    + " shape (8, 8, 8). Add a Flatten layer before it.");
        }
    }

    @Test
    void useAfterClose() {
        model.fit(x, y, QUIET);
        Dense out = (Dense) model.layer("out");
        model.close();

        assertThatThrownBy(() -> model.predict(x))
                .isInstanceOf(ReleasedTensorException.class)
                .hasMessage(
                        "[net] expected an open model for predict; it was closed. Use the model before model.close().");
        assertThatThrownBy(() -> out.weights().get(0).toHost())
                .isInstanceOf(ReleasedTensorException.class)
                .hasMessage(
                        "Variable \"net/out/kernel\" float32 (64, 5) was released when its owner was closed. Use the model"
                                + " before model.close().");
    }

    @Test
    void aLayerClosedUnderAnotherModel() {
        Dense shared = new Dense(TestModels.CLASSES, "softmax");
        try (Sequential first = Sequential.of(new Flatten(), shared);
                Sequential second = Sequential.of(new Flatten(), shared)) {
            second.predict(x);
            first.predict(x);
            first.close();

            assertThatThrownBy(() -> second.predict(x))
                    .isInstanceOf(ReleasedTensorException.class)
                    .hasMessageStartingWith("Variable \"" + shared.path() + "/")
                    .hasMessageEndingWith(
                            " was released when its owner was closed. Use the model before model.close().");
        }
    }

    @Test
    void noSamples() {
        assertThatThrownBy(() -> model.fit(x.rows(0, 0), y.rows(0, 0), QUIET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[fit] expected at least one sample; received none.");
    }

    @Test
    void batchSizesBelowOne() {
        for (int size : new int[] {0, -1}) {
            String message = "[net] expected a batch size of at least 1; received " + size + ".";
            assertThatThrownBy(() -> model.predict(x, size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> model.evaluate(x, y, size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
        }
    }

    @Test
    void labelsOfASecondOutput() {
        y.setLong(5, -1);
        try (Model twoHeads = new TwoHeads()) {
            twoHeads.compile("sgd", "sparse_categorical_crossentropy");

            assertThatThrownBy(() -> twoHeads.fit(List.of(x), List.of(TestModels.labels(8, 2), y), QUIET))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[sparse_categorical_crossentropy] expected labels from 0 to 4, for predictions of 5"
                            + " classes; received -1 at sample 5.");
        }
    }

    /** The same classes twice. */
    private static final class TwoHeads extends Model {
        private final Flatten flatten = new Flatten();
        private final Dense first = new Dense(TestModels.CLASSES, "softmax");
        private final Dense second = new Dense(TestModels.CLASSES, "softmax");

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            Tensor flat = flatten.apply(inputs.get(0));
            return List.of(first.apply(flat), second.apply(flat));
        }
    }

    @Test
    void anEmptySideOfTheSplit() {
        assertThatThrownBy(() -> model.fit(x, y, QUIET.validationSplit(0.99)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[fit] expected validationSplit to leave samples on both sides; received 8 samples, of which 0"
                                + " would be trained on.");
    }

    @Test
    void unknownNames() {
        assertThatThrownBy(() -> model.layer("outt"))
                .hasMessage("[net] expected the name of a layer, one of flatten, out; received \"outt\".");
        assertThatThrownBy(() -> new Dense(3, "rellu")).hasMessageContaining("received \"rellu\"");
        assertThatThrownBy(() -> new Dense(0)).hasMessageContaining("expected a positive number of units; received 0.");
        assertThatThrownBy(() -> LayerOptions.named("a/b"))
                .hasMessage(
                        "[layer] expected a name without \"/\", which separates the names in a path; received \"a/b\".");
    }
}
