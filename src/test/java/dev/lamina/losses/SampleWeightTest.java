package dev.lamina.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Sample weights and masks weigh what lies behind their axes, and nothing is repeated along leading axes. */
final class SampleWeightTest {
    /** Losses (2, 3): 1, 4, 9 and 16, 25, 36. */
    private static Tensor apply(Reduction reduction, Optional<Tensor> weights, Optional<Tensor> mask) {
        Tensor target = Ops.zeros(2, 3, 1);
        Tensor prediction = Ops.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3, 1);
        return new MeanSquaredError(LossOptions.of(reduction)).apply(target, prediction, weights, mask);
    }

    private static Tensor weights(float[] values, int... sizes) {
        return Ops.tensor(values, sizes);
    }

    private static void check(Reduction reduction, Tensor weights, double expected) {
        assertThat(apply(reduction, Optional.of(weights), Optional.empty()).item())
                .isCloseTo(expected, within(1e-5));
    }

    @Test
    void reductionsDivideByWhatTheySay() {
        try (Scope _ = Scope.open()) {
            Tensor weights = weights(new float[] {1, 2, 3, 0, 1, 1}, 2, 3);
            double sum = 1 + 8 + 27 + 0 + 25 + 36;
            check(Reduction.SUM, weights, sum);
            check(Reduction.SUM_OVER_BATCH_SIZE, weights, sum / 6);
            check(Reduction.MEAN, weights, sum / 6);
            check(Reduction.MEAN_WITH_SAMPLE_WEIGHT, weights, sum / 8);
            HostArray all = apply(Reduction.NONE, Optional.of(weights), Optional.empty())
                    .toHost();
            assertThat(all)
                    .hasToString(HostArray.of(new float[] {1, 8, 27, 0, 25, 36}, 2, 3)
                            .toString());
        }
    }

    @Test
    void weightsOfSamplesCountForAllTheirPositions() {
        try (Scope _ = Scope.open()) {
            double expected = (2 * (1 + 4 + 9) + 3 * (16 + 25 + 36)) / 6.0;
            check(Reduction.SUM_OVER_BATCH_SIZE, weights(new float[] {2, 3}, 2), expected);
            check(Reduction.SUM_OVER_BATCH_SIZE, weights(new float[] {2, 3}, 2, 1), expected);
            check(Reduction.SUM_OVER_BATCH_SIZE, weights(new float[] {2, 3}, 2, 1, 1), expected);
            check(Reduction.SUM_OVER_BATCH_SIZE, weights(new float[] {2}, new int[0]), 2 * 91 / 6.0);
            check(Reduction.SUM_OVER_BATCH_SIZE, weights(new float[] {1, 0, 0}, 1, 3), 17 / 6.0);
        }
    }

    @Test
    void weightsAreNotRepeatedAlongLeadingAxes() {
        try (Scope _ = Scope.open()) {
            assertThatThrownBy(() -> check(Reduction.SUM, weights(new float[3], 3), 0))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[mean_squared_error] expected sample weights whose axes are the leading axes of "
                            + "(2, 3), one number each, or of size 1; received (3,). "
                            + "Nothing is repeated along leading axes: reshape them.");
            assertThatThrownBy(() -> check(Reduction.SUM, weights(new float[12], 2, 3, 2), 0))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("received (2, 3, 2)");
        }
    }

    @Test
    void aMaskLeavesTheMeanOfWhatCounts() {
        try (Scope _ = Scope.open()) {
            Optional<Tensor> mask = Optional.of(weights(new float[] {1, 1, 0, 1, 0, 0}, 2, 3));
            Optional<Tensor> none = Optional.empty();
            assertThat(apply(Reduction.SUM_OVER_BATCH_SIZE, none, mask).item()).isCloseTo(21 / 3.0, within(1e-5));
            assertThat(apply(Reduction.SUM, none, mask).item()).isCloseTo(21, within(1e-5));
            assertThat(apply(Reduction.MEAN_WITH_SAMPLE_WEIGHT, none, mask).item())
                    .isCloseTo(21 / 3.0, within(1e-5));
            Optional<Tensor> perSample = Optional.of(weights(new float[] {2, 3}, 2));
            assertThat(apply(Reduction.SUM_OVER_BATCH_SIZE, perSample, mask).item())
                    .isCloseTo((2 * 5 + 3 * 16) / 3.0, within(1e-5));
            Optional<Tensor> nothing = Optional.of(Ops.zeros(2, 3));
            assertThat(apply(Reduction.SUM_OVER_BATCH_SIZE, none, nothing).item())
                    .isZero();
        }
    }
}
