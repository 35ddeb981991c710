package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The masks that layers make and combine, and what they do to their numbers. */
final class LayerMaskTest {
    private static Tensor mask(int... values) {
        return Ops.tensor(
                HostArray.zeros(Shape.of(1, values.length), DType.BOOL).fill(i -> values[(int) i]));
    }

    private static Tensor column(float... values) {
        return Ops.tensor(values, 1, values.length, 1);
    }

    private static Tensor apply(Layer layer, List<Tensor> inputs, List<Optional<Tensor>> masks) {
        try (layer) {
            return layer.apply(inputs, CallOptions.DEFAULT.withMasks(masks)).get(0);
        }
    }

    private static float[] ones(Tensor mask) {
        return Ops.cast(mask, DType.FLOAT32).toFloatArray();
    }

    @Test
    void embeddingMasksZeroIfTold() {
        Tensor indices = Ops.tensor(new int[] {3, 0, 1, 0}, 2, 2);
        try (Embedding masked = Embedding.of(4, 3).maskZero(true).build();
                Embedding plain = new Embedding(4, 3)) {
            assertThat(ones(masked.apply(indices).mask().orElseThrow())).containsExactly(1, 0, 1, 0);
            assertThat(plain.apply(indices).mask()).isEmpty();
        }
    }

    @Test
    void maskingClearsAndMasksStepsOfOneValue() {
        Tensor x = Ops.tensor(new float[] {7, 7, 7, 1, 2, 3}, 1, 3, 2);
        try (Masking layer = new Masking(7)) {
            Tensor y = layer.apply(x);
            assertThat(y.toFloatArray()).containsExactly(0, 0, 7, 1, 2, 3);
            assertThat(ones(y.mask().orElseThrow())).containsExactly(0, 1, 1);
        }
    }

    @Test
    void aMergedPositionCountsWhereAnyInputDoes() {
        List<Tensor> inputs = List.of(column(1, 2, 3), column(10, 20, 30));
        List<Optional<Tensor>> masks = List.of(Optional.of(mask(1, 0, 0)), Optional.of(mask(1, 1, 0)));
        Tensor sum = apply(new Add(), inputs, masks);
        assertThat(sum.toFloatArray()).containsExactly(11, 22, 33);
        assertThat(ones(sum.mask().orElseThrow())).containsExactly(1, 1, 0);
        assertThat(apply(new Add(), inputs, List.of(Optional.of(mask(1, 0, 0)), Optional.empty()))
                        .mask())
                .isEmpty();
    }

    @Test
    void multiplyTakesOneForWhatIsMasked() {
        List<Tensor> inputs = List.of(column(1, 2, 3), column(10, 20, 30));
        Tensor both = apply(new Multiply(), inputs, List.of(Optional.of(mask(1, 0, 0)), Optional.of(mask(1, 1, 0))));
        assertThat(both.toFloatArray()).containsExactly(10, 20, 0);
        Tensor one = apply(new Multiply(), inputs, List.of(Optional.of(mask(1, 0, 0)), Optional.empty()));
        assertThat(one.toFloatArray()).containsExactly(10, 20, 30);
    }

    @Test
    void extremesPassOverWhatIsMasked() {
        List<Tensor> inputs = List.of(column(1, 50, 3), column(10, 20, 30));
        List<Optional<Tensor>> masks = List.of(Optional.of(mask(1, 0, 1)), Optional.of(mask(1, 1, 0)));
        assertThat(apply(new Maximum(), inputs, masks).toFloatArray()).containsExactly(10, 20, 3);
        assertThat(apply(new Minimum(), inputs, masks).toFloatArray()).containsExactly(1, 20, 3);
    }

    @Test
    void concatenatingJoinsMasks() {
        List<Tensor> inputs = List.of(column(1, 2), column(3));
        Tensor joined = apply(new Concatenate(1), inputs, List.of(Optional.of(mask(0, 1)), Optional.empty()));
        assertThat(ones(joined.mask().orElseThrow())).containsExactly(0, 1, 1);
    }

    @Test
    void batchNormalizationTakesStatisticsOfWhatCounts() {
        Tensor x = column(1, 3, 100);
        try (BatchNormalization layer = BatchNormalization.of().momentum(0).build()) {
            layer.apply(x, CallOptions.training(true).withMasks(List.of(Optional.of(mask(1, 1, 0)))));
            assertThat(layer.weightValues().get(2).getDouble(0)).isCloseTo(2, within(1e-5));
            assertThat(layer.weightValues().get(3).getDouble(0)).isCloseTo(1, within(1e-5));
        }
    }

    /** Keras refuses it too. */
    @Test
    void softmaxTakesNoMaskOfSteps() {
        try (Embedding words = Embedding.of(5, 4).maskZero(true).build();
                Softmax softmax = new Softmax()) {
            Tensor x = words.apply(Ops.tensor(new int[] {1, 2, 0, 3, 0, 0}, 2, 3));
            assertThatThrownBy(() -> softmax.apply(x))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[" + softmax.name()
                            + "] expected a mask that broadcasts to the input (2, 3, 4); received one of "
                            + "shape (2, 3). A mask of steps says nothing of classes: use new Activation(\"softmax\") or "
                            + "the activation of the layer before, which pass it on.\n"
                            + "  while calling Softmax \"" + softmax.name() + "\" on [float32 (2, 3, 4)]");
        }
    }

    @Test
    void softmaxLeavesOutWhatIsMasked() {
        Tensor x = Ops.tensor(new float[] {1, 1, 9}, 1, 3);
        assertThat(apply(new Softmax(), List.of(x), List.of(Optional.of(mask(1, 1, 0))))
                        .toFloatArray())
                .containsExactly(0.5f, 0.5f, 0);
    }
}
