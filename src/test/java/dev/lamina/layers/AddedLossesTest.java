package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.regularizers.Regularizers;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Whose losses {@link Layer#losses} shows. */
final class AddedLossesTest {
    private static final class Adding extends Layer {
        private volatile int seenInside = -1;

        @Override
        protected Tensor call(Tensor x) {
            addLoss(Ops.mean(x));
            seenInside = losses().size();
            return x;
        }
    }

    @Test
    void inferenceOfShapesAddsNone() {
        try (Adding layer = new Adding()) {
            layer.computeOutputShape(Shape.of(2, 3));

            assertThat(layer.losses()).isEmpty();
        }
    }

    @Test
    void inferenceOfShapesKeepsThoseOfTheLastCall() {
        try (Adding layer = new Adding()) {
            layer.apply(Ops.full(Shape.of(2, 3), 7, dev.lamina.tensor.DType.FLOAT32));

            layer.computeOutputShape(Shape.of(2, 3));

            assertThat(layer.losses()).hasSize(1);
            assertThat(layer.losses().get(0).item()).isEqualTo(7);
        }
    }

    @Test
    void insideACallThoseOfThisCall() {
        try (Adding layer = new Adding()) {
            layer.apply(Ops.ones(1, 1));
            layer.apply(Ops.ones(1, 1));

            assertThat(layer.seenInside).isEqualTo(1);
        }
    }

    @Test
    void callsInSeveralThreadsDontMix() throws Exception {
        int threads = 4;
        try (Adding layer = new Adding();
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            layer.buildFor(Shape.of(1, 1));
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Boolean>> results = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                results.add(pool.submit(() -> {
                    start.await();
                    boolean one = true;
                    for (int i = 0; i < 300; i++) {
                        layer.apply(Ops.ones(1, 1));
                        one &= layer.losses().size() == 1;
                    }
                    return one;
                }));
            }
            start.countDown();
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    @Test
    void penaltyOnTheOutputDividedByTheBatch() {
        try (Layer layer = Dense.of(2)
                .kernelInitializer(dev.lamina.initializers.Initializers.ones())
                .activityRegularizer(Regularizers.l2(0.1))
                .build()) {
            layer.apply(Ops.ones(4, 3));

            // Eight outputs of 3: 0.1 * 8 * 9 / 4.
            assertThat(layer.losses()).hasSize(1);
            assertThat(layer.losses().get(0).item()).isEqualTo(1.8, Offset.offset(1e-6));
        }
    }

    @Test
    void penaltyOnTheOutputIsPartOfTheConfig() {
        try (Layer layer = Dense.of(2).activityRegularizer(Regularizers.l1(0.5)).build();
                Layer rebuilt = LayerRegistry.deserialize(LayerRegistry.serialize(layer))) {
            assertThat(rebuilt.config()).isEqualTo(layer.config());
            assertThat(rebuilt.activityRegularizer()).isPresent();
            assertThat(rebuilt.config().get("activity_regularizer"))
                    .isEqualTo(Regularizers.l1(0.5).config());
        }
    }
}
