package dev.lamina.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.config.Config;
import dev.lamina.losses.Loss;
import dev.lamina.losses.Losses;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A loss and metrics of a user's own: small classes, registered by name, written and read like the built-in ones. */
final class UserMadeTest {
    /** {@code |t - p|^power}. */
    private static final class PowerLoss extends Loss {
        private final double power;

        PowerLoss(double power) {
            super("power_loss");
            this.power = power;
        }

        @Override
        protected Tensor perSample(Tensor target, Tensor prediction) {
            Tensor distance = Ops.abs(Ops.subtract(target, prediction));
            return Ops.mean(Ops.power(distance, power), -1);
        }

        @Override
        public Map<String, Object> config() {
            Map<String, Object> config = super.config();
            config.put("power", power);
            return config;
        }
    }

    /** The largest prediction. */
    private static final class Largest extends Metric {
        private final Variable largest = addState("largest", Shape.scalar());

        Largest() {
            super("largest");
        }

        @Override
        protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
            largest.assign(Ops.maximum(largest, Ops.max(prediction)));
        }

        @Override
        public Tensor result() {
            return Ops.add(largest, 0);
        }
    }

    @Test
    void aLossComesBackFromItsConfig() {
        Losses.register("PowerLoss", config -> {
            config.ignore("name", "reduction");
            return new PowerLoss(config.number("power", 4));
        });
        try (Scope _ = Scope.open()) {
            Loss loss = Losses.deserialize(Losses.serialize(new PowerLoss(3)));
            assertThat(loss.apply(Ops.zeros(2, 2), Ops.tensor(new float[] {1, 2, 3, 0}, 2, 2))
                            .item())
                    .isCloseTo(36 / 4.0, within(1e-5));
            assertThat(Losses.of("power_loss").config()).containsEntry("power", 4.0);
        }
    }

    @Test
    void aMetricIsMadeByName() {
        Metrics.register("Largest", (Config config) -> {
            config.ignore("name", "dtype");
            return new Largest();
        });
        try (Scope _ = Scope.open();
                Metric metric = Metrics.of("largest")) {
            metric.update(Ops.zeros(2), Ops.tensor(new float[] {3, 7}));
            metric.update(Ops.zeros(2), Ops.tensor(new float[] {5, 1}));
            assertThat(metric.value()).isEqualTo(7);
            assertThat(Metrics.serialize(metric)).containsEntry("class_name", "Largest");
        }
    }

    @Test
    void aFunctionIsAveraged() {
        try (Scope _ = Scope.open();
                Metric metric = MeanMetric.of("bias", (target, prediction) -> Ops.subtract(prediction, target))) {
            metric.update(Ops.zeros(2, 1), Ops.tensor(new float[] {1, 3}, 2, 1), Ops.tensor(new float[] {3, 1}));
            assertThat(metric.value()).isCloseTo(6 / 4.0, within(1e-6));
        }
    }
}
