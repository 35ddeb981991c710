package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.layers.Dense;
import dev.lamina.metrics.Mean;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Metrics that a model holds in its fields, and updates in a training step of its own, as the guide's VAE does. */
final class FieldMetricsTest {
    private static final class Tracking extends Model {
        private final Dense dense = new Dense(1);
        private final Mean seen = new Mean("seen");

        @Override
        protected Tensor call(Tensor x) {
            return dense.apply(x);
        }

        @Override
        protected Map<String, Tensor> trainStep(Batch batch) {
            Tensor loss;
            List<Tensor> gradients;
            try (GradientTape tape = GradientTape.open()) {
                loss = computeLoss(batch, apply(batch.x(), true));
                gradients = tape.gradient(loss, trainableWeights());
            }
            optimizer().apply(gradients, trainableWeights());
            seen.update(Ops.mean(batch.x().get(0)), batch.size());
            return Map.of();
        }
    }

    private static final HostArray X =
            HostArray.zeros(Shape.of(6, 1), DType.FLOAT32).fill(i -> i);

    @Test
    void theyStartAnewWithEachEpochAndShow() {
        try (Tracking model = new Tracking()) {
            model.compile(new SGD(0), new dev.lamina.losses.MeanSquaredError());

            History history = model.fit(X, X, FitOptions.epochs(2).batchSize(4).verbose(false));

            assertThat(history.get("seen"))
                    .hasSize(2)
                    .allSatisfy(mean -> assertThat(mean).isEqualTo(2.5, Offset.offset(1e-6)));
            assertThat(model.metrics()).containsExactly(model.seen);
            model.resetMetrics();
            assertThat(model.seen.value()).isZero();
        }
    }

    @Test
    void theyAreClosedWithTheModel() {
        Tracking model = new Tracking();
        model.close();

        assertThatThrownBy(model.seen::value).isInstanceOf(ReleasedTensorException.class);
    }
}
