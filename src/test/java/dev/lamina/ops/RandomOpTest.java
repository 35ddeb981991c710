package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whether the random ops draw from the distributions they name. The exact numbers are {@link OpDefinitionTest}'s
 * affair.
 */
class RandomOpTest {
    private static final int COUNT = 200_000;

    private static double[] draw(Op op, long seed, long draws) {
        return Ops.apply(op, Ops.tensor(HostArray.of(new long[] {seed, draws}))).toDoubleArray();
    }

    private static double moment(double[] values, double center, int power) {
        return Arrays.stream(values)
                .map(x -> Math.pow(x - center, power))
                .average()
                .orElseThrow();
    }

    /** Bounds are 5 standard errors, {@code sqrt(Var(X^p) / n)}: one seed in a million fails. */
    private static org.assertj.core.data.Offset<Double> errors(double variance) {
        return org.assertj.core.data.Offset.offset(5 * Math.sqrt(variance / COUNT));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"FLOAT32, 1", "FLOAT32, -77", "FLOAT64, 1", "FLOAT64, 123456789012345"})
    void uniformHasItsMomentsAndDistribution(DType dtype, long seed) {
        double[] values = draw(new RandomOp.Uniform(Shape.of(COUNT), dtype), seed, 0);
        assertThat(Arrays.stream(values).min().orElseThrow()).isGreaterThanOrEqualTo(0);
        assertThat(Arrays.stream(values).max().orElseThrow()).isLessThan(1);
        assertThat(moment(values, 0, 1)).as("mean").isCloseTo(0.5, errors(1 / 12.0));
        assertThat(moment(values, 0.5, 2)).as("variance").isCloseTo(1 / 12.0, errors(1 / 180.0));
        checkDistribution(values, x -> x);
        assertThat(correlation(values, 1)).as("correlation of neighbours").isCloseTo(0, errors(1));
        assertThat(correlation(values, 4)).as("correlation of blocks").isCloseTo(0, errors(1));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"FLOAT32, 1", "FLOAT32, -77", "FLOAT64, 1", "FLOAT64, 123456789012345"})
    void normalHasItsMomentsAndDistribution(DType dtype, long seed) {
        double[] values = draw(new RandomOp.Normal(Shape.of(COUNT), dtype), seed, 3);
        assertThat(moment(values, 0, 1)).as("mean").isCloseTo(0, errors(1));
        assertThat(moment(values, 0, 2)).as("variance").isCloseTo(1, errors(2));
        assertThat(moment(values, 0, 3)).as("skewness").isCloseTo(0, errors(15));
        assertThat(moment(values, 0, 4)).as("fourth moment").isCloseTo(3, errors(96));
        checkDistribution(values, x -> (1 + ElementwiseDefinitions.erf(x / Math.sqrt(2))) / 2);
        assertThat(correlation(values, 1)).as("correlation of neighbours").isCloseTo(0, errors(1));
    }

    /**
     * Kolmogorov and Smirnov: the largest distance times sqrt(n) exceeds 2.5 with probability 2 exp(-2 * 2.5^2) = 7e-6.
     */
    private static void checkDistribution(double[] values, DoubleUnaryOperator distribution) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double distance = 0;
        for (int i = 0; i < sorted.length; i++) {
            double expected = distribution.applyAsDouble(sorted[i]);
            distance = Math.max(distance, Math.max((i + 1.0) / COUNT - expected, expected - (double) i / COUNT));
        }
        assertThat(distance * Math.sqrt(COUNT)).as("Kolmogorov-Smirnov").isLessThan(2.5);
    }

    private static double correlation(double[] values, int lag) {
        double mean = moment(values, 0, 1);
        double sum = 0;
        for (int i = 0; i + lag < values.length; i++) {
            sum += (values[i] - mean) * (values[i + lag] - mean);
        }
        return sum / values.length / moment(values, mean, 2);
    }

    /** bfloat16 has 8 bits: rounding a finer fraction to nearest would give 1 every 512 draws. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BFLOAT16", "FLOAT16"})
    void uniformInHalfPrecisionNeverDrawsOne(DType dtype) {
        double[] values = draw(new RandomOp.Uniform(Shape.of(COUNT), dtype), 5, 0);
        assertThat(Arrays.stream(values).max().orElseThrow()).isLessThan(1);
        assertThat(moment(values, 0, 1)).as("mean").isCloseTo(0.5, org.assertj.core.data.Offset.offset(0.006));
    }

    @Test
    void theSameStateDrawsTheSameAndAnotherOneDoesNot() {
        Op op = new RandomOp.Uniform(Shape.of(1000), DType.FLOAT64);
        double[] first = draw(op, 9, 4);
        assertThat(draw(op, 9, 4)).isEqualTo(first);
        for (double[] other : new double[][] {draw(op, 9, 5), draw(op, 10, 4), draw(op, 9 + (1L << 32), 4)}) {
            int equal = 0;
            for (int i = 0; i < first.length; i++) {
                equal += first[i] == other[i] ? 1 : 0;
            }
            assertThat(equal).as("elements in common of 1000").isZero();
        }
    }

    @Test
    void aShorterDrawIsTheBeginningOfALongerOne() {
        double[] few = draw(new RandomOp.Normal(Shape.of(7), DType.FLOAT32), 3, 1);
        double[] many = draw(new RandomOp.Normal(Shape.of(100_003), DType.FLOAT32), 3, 1);
        assertThat(few).isEqualTo(Arrays.copyOf(many, 7));
    }

    /**
     * The vectors that come with the authors' Random123 library: the definition that the ops are compared with is
     * right.
     */
    @Test
    void philoxAgreesWithThePublishedVectors() {
        assertThat(RandomDefinitions.philox(new long[4], new long[2]))
                .containsExactly(0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L);
        long ones = 0xffffffffL;
        assertThat(RandomDefinitions.philox(new long[] {ones, ones, ones, ones}, new long[] {ones, ones}))
                .containsExactly(0x408f276dL, 0x41c83b0eL, 0xa20bc7c6L, 0x6d5451fdL);
        assertThat(RandomDefinitions.philox(
                        new long[] {0x243f6a88L, 0x85a308d3L, 0x13198a2eL, 0x03707344L},
                        new long[] {0xa4093822L, 0x299f31d0L}))
                .containsExactly(0xd16cfe09L, 0x94fdccebL, 0x5001e420L, 0x24126ea1L);
    }
}
