package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ShapeException;
import dev.lamina.initializers.Initializers;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A layer applied to each step of a sequence. */
final class TimeDistributedTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    private static HostArray data(int... sizes) {
        Random random = new Random(4);
        return HostArray.zeros(Shape.of(sizes), DType.FLOAT32).fill(i -> random.nextGaussian());
    }

    /** Of another package than Lamina's layers, and so called step by step: what it saw, times two. */
    private static final class Seen extends Layer {
        private final List<Shape> shapes = new ArrayList<>();
        private final List<Optional<Tensor>> masks = new ArrayList<>();
        private final Dense dense = new Dense(2);

        @Override
        protected Tensor call(Tensor x, CallContext context) {
            shapes.add(x.shape());
            masks.add(context.mask());
            return dense.apply(x);
        }
    }

    /** Keras's own case, and its literal numbers. */
    @Test
    void kerassCase() {
        Layer dense = Dense.of(1)
                .useBias(false)
                .kernelInitializer(Initializers.constant(0.01))
                .build();
        try (TimeDistributed layer = new TimeDistributed(dense)) {
            HostArray x = HostArray.zeros(Shape.of(3, 2, 4), DType.FLOAT32).fill(i -> i);

            Tensor y = layer.apply(x);

            assertThat(y.shape()).isEqualTo(Shape.of(3, 2, 1));
            assertThat(y.toFloatArray())
                    .containsExactly(new float[] {0.06f, 0.22f, 0.38f, 0.53999996f, 0.7f, 0.86f}, Offset.offset(1e-6f));
            assertThat(layer.weights())
                    .extracting(weight -> weight.name())
                    .containsExactly("time_distributed/dense/kernel");
        }
    }

    @Test
    void togetherAndStepByStepAgree() {
        Dense dense = new Dense(5, "tanh");
        try (TimeDistributed together = new TimeDistributed(dense);
                Sequential steps = Sequential.of(dense, new BatchNormalization());
                TimeDistributed stepByStep = new TimeDistributed(steps)) {
            Tensor x = Ops.tensor(data(6, 4, 3));
            stepByStep.buildFor(x.shape());
            // An untrained batch normalization only divides by sqrt(1 + epsilon) in inference.
            Tensor expected = Ops.divide(together.apply(x), Math.sqrt(1 + 1e-3));

            assertThat(stepByStep.apply(x).toFloatArray())
                    .containsExactly(expected.toFloatArray(), Offset.offset(1e-6f));
        }
    }

    @Test
    void batchNormalizationSeesOneStepAtATime() {
        try (TimeDistributed layer = new TimeDistributed(
                BatchNormalization.of().momentum(0).epsilon(0).build())) {
            HostArray x = HostArray.of(new float[] {1, 10, 3, 30}, 2, 2, 1);

            // Each step has a mean of its own: 2 and 20.
            assertThat(layer.apply(Ops.tensor(x), true).toFloatArray())
                    .containsExactly(new float[] {-1, -1, 1, 1}, Offset.offset(1e-3f));
        }
    }

    @Test
    void theMaskIsCutIntoSteps() {
        Seen seen = new Seen();
        Tensor mask = Ops.tensor(new float[] {1, 0, 1, 1}, 2, 2);
        Layer wrapped = Sequential.of(seen, new BatchNormalization());
        try (TimeDistributed layer = new TimeDistributed(wrapped)) {
            Tensor y = layer.apply(Ops.tensor(data(2, 2, 3)), CallOptions.mask(mask));

            assertThat(y.mask().orElseThrow().toDoubleArray()).containsExactly(1, 0, 1, 1);
            assertThat(seen.shapes.subList(seen.shapes.size() - 2, seen.shapes.size()))
                    .containsOnly(Shape.of(2, 3));
            int last = seen.masks.size() - 1;
            assertThat(seen.masks.get(last - 1).orElseThrow().toDoubleArray()).containsExactly(1, 1);
            assertThat(seen.masks.get(last).orElseThrow().toDoubleArray()).containsExactly(0, 1);
            assertThatThrownBy(() -> layer.apply(Ops.tensor(data(2, 3, 3)), CallOptions.mask(mask)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith(
                            "[time_distributed] expected a mask (2, 3), the batch and the time of the input;"
                                    + " received (2, 2).");
        }
    }

    /** Keras 3.15.1's numbers. */
    @Test
    void poolingBehindItAveragesTheStepsThatCount() {
        Layer dense = Dense.of(2).kernelInitializer(Initializers.ones()).build();
        try (Sequential model = Sequential.of(
                Embedding.of(5, 3).maskZero(true).build(), new TimeDistributed(dense), new GlobalAveragePooling1D())) {
            model.buildFor(Shape.of(2, 6));
            model.layers()
                    .get(0)
                    .setWeightValues(List.of(
                            HostArray.zeros(Shape.of(5, 3), DType.FLOAT32).fill(i -> i)));
            HostArray ids = HostArray.of(new int[] {0, 2, 4, 1, 3, 0, 2, 4, 1, 3, 0, 2}, 2, 6);

            assertThat(model.predict(ids).toFloatArray())
                    .containsExactly(new float[] {25.5f, 25.5f, 24.6f, 24.6f}, Offset.offset(1e-5f));
        }
    }

    @Test
    void stepsThatTheMaskLeavesOutAreComputedLikeTheOthers() {
        Layer dense = Dense.of(1).kernelInitializer(Initializers.ones()).build();
        try (TimeDistributed layer = new TimeDistributed(dense)) {
            Tensor mask = Ops.tensor(new float[] {1, 0}, 1, 2);

            Tensor y = layer.apply(Ops.ones(1, 2, 3), CallOptions.mask(mask));

            assertThat(y.toFloatArray()).containsExactly(3, 3);
        }
    }

    @Test
    void shapesAreInferredAtAnyLength() {
        try (TimeDistributed layer = new TimeDistributed(new Dense(5))) {
            assertThat(layer.computeOutputShape(Shape.of(Shape.UNKNOWN, 4, 3)))
                    .isEqualTo(Shape.of(Shape.UNKNOWN, 4, 5));
            assertThat(layer.computeOutputShape(Shape.of(Shape.UNKNOWN, Shape.UNKNOWN, 3)))
                    .isEqualTo(Shape.of(Shape.UNKNOWN, Shape.UNKNOWN, 5));
            assertThat(layer.apply(data(2, 0, 3)).shape()).isEqualTo(Shape.of(2, 0, 5));
        }
    }

    @Test
    void itComesBackFromItsConfig() {
        try (TimeDistributed layer = new TimeDistributed(new Dense(2), LayerOptions.named("each"));
                Layer rebuilt = LayerRegistry.deserialize(LayerRegistry.serialize(layer))) {
            assertThat(rebuilt.config()).isEqualTo(layer.config()).containsEntry("name", "each");
        }
    }
}
