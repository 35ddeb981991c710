package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** The numbers that random layers draw in training: their moments, their distribution, and that a seed repeats them. */
final class RandomLayerTest {
    private static final int N = 100_000;
    private static final OptionalLong SEED = OptionalLong.of(20_260);
    private static final LayerOptions DEFAULT = LayerOptions.DEFAULT;

    private static double[] ones(Layer layer, int... sizes) {
        try (layer) {
            return layer.apply(Ops.ones(sizes), true).toHost().toDoubleArray();
        }
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        return Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
    }

    /**
     * The largest distance between the distribution of a sample and a given one (Kolmogorov and Smirnov), times the
     * root of its size: above 1.95 with probability 0.001.
     */
    private static double distance(double[] sample, DoubleUnaryOperator distribution) {
        double[] sorted = sample.clone();
        Arrays.sort(sorted);
        double largest = 0;
        for (int i = 0; i < sorted.length; i++) {
            double expected = distribution.applyAsDouble(sorted[i]);
            largest = Math.max(
                    largest, Math.max(expected - (double) i / sorted.length, (i + 1.0) / sorted.length - expected));
        }
        return largest * Math.sqrt(sorted.length);
    }

    /** By Abramowitz and Stegun 26.2.17, exact to 7.5e-8. */
    private static double normal(double x) {
        double t = 1 / (1 + 0.2316419 * Math.abs(x));
        double series =
                t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        double tail = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * series;
        return x < 0 ? tail : 1 - tail;
    }

    @Test
    void dropoutKeepsTheMeanAndDropsTheRate() {
        double[] y = ones(new Dropout(0.3, SEED, DEFAULT), N);
        double dropped = (double) Arrays.stream(y).filter(value -> value == 0).count() / N;
        // Three and a half standard deviations of a binomial fraction.
        assertThat(dropped).isCloseTo(0.3, within(3.5 * Math.sqrt(0.3 * 0.7 / N)));
        assertThat(Arrays.stream(y).filter(value -> value != 0).distinct()).containsExactly((double) (float) (1 / 0.7));
    }

    @Test
    void dropoutChoosesEvenlyOverThePlaces() {
        double[] y = ones(new Dropout(0.5, SEED, DEFAULT), N);
        double[] places = java.util.stream.IntStream.range(0, N)
                .filter(i -> y[i] == 0)
                .mapToDouble(i -> (i + 0.5) / N)
                .toArray();
        assertThat(distance(places, x -> x)).as("seed %s", SEED).isLessThan(1.95);
    }

    @Test
    void dropoutSharesTheChoiceAlongAxesOfSizeOne() {
        Shape noise = Shape.of(Shape.UNKNOWN, 1, 5);
        double[] y = ones(new Dropout(0.5, noise, SEED, DEFAULT), 40, 7, 5);
        for (int sample = 0; sample < 40; sample++) {
            for (int step = 1; step < 7; step++) {
                for (int c = 0; c < 5; c++) {
                    assertThat(y[(sample * 7 + step) * 5 + c]).isEqualTo(y[sample * 35 + c]);
                }
            }
        }
        assertThat(Arrays.stream(y).distinct()).containsExactlyInAnyOrder(0.0, 2.0);
    }

    @Test
    void spatialDropoutDropsWholeChannels() {
        double[] y = ones(new SpatialDropout2D(0.5, SEED, DEFAULT), 50, 3, 4, 6);
        for (int i = 0; i < y.length; i++) {
            int sample = i / 72;
            assertThat(y[i]).isEqualTo(y[sample * 72 + i % 6]);
        }
        assertThat(Arrays.stream(y).distinct()).containsExactlyInAnyOrder(0.0, 2.0);
    }

    @Test
    void alphaDropoutKeepsMeanAndVariance() {
        double[] x;
        double[] y;
        SeedGenerator generator = new SeedGenerator(3);
        try (AlphaDropout layer = new AlphaDropout(0.3, SEED, DEFAULT)) {
            var input = generator.normal(Shape.of(N), dev.lamina.tensor.DType.FLOAT32);
            x = input.toHost().toDoubleArray();
            y = layer.apply(input, true).toHost().toDoubleArray();
        } finally {
            generator.state().close();
        }
        assertThat(mean(y)).isCloseTo(mean(x), within(0.015));
        assertThat(variance(y)).isCloseTo(variance(x), within(0.02));
        // A dropped element: a * alpha' - a * alpha' * rate, which is the most frequent number.
        double dropped = -1.6732632423543772 * 1.0507009873554805;
        double factor = 1 / Math.sqrt(0.7 * (1 + 0.3 * dropped * dropped));
        double expected = (float) (factor * dropped * 0.7);
        long count = Arrays.stream(y)
                .filter(value -> Math.abs(value - expected) < 1e-6)
                .count();
        assertThat((double) count / N).isCloseTo(0.3, within(3.5 * Math.sqrt(0.3 * 0.7 / N)));
    }

    @Test
    void alphaDropoutChoosesEvenlyAndKeepsTheRestNormal() {
        double[] y;
        SeedGenerator generator = new SeedGenerator(3);
        try (AlphaDropout layer = new AlphaDropout(0.3, SEED, DEFAULT)) {
            y = layer.apply(generator.normal(Shape.of(N), dev.lamina.tensor.DType.FLOAT32), true)
                    .toHost()
                    .toDoubleArray();
        } finally {
            generator.state().close();
        }
        // Klambauer et al., 2017: y = a x + b for kept elements, a dropped + b for the others.
        double dropped = -1.6732632423543772 * 1.0507009873554805;
        double a = 1 / Math.sqrt(0.7 * (1 + 0.3 * dropped * dropped));
        double b = -a * dropped * 0.3;
        double[] places = java.util.stream.IntStream.range(0, N)
                .filter(i -> Math.abs(y[i] - (a * dropped + b)) < 1e-6)
                .mapToDouble(i -> (i + 0.5) / N)
                .toArray();
        double[] kept = Arrays.stream(y)
                .filter(value -> Math.abs(value - (a * dropped + b)) >= 1e-6)
                .map(value -> (value - b) / a)
                .toArray();
        assertThat(distance(places, x -> x)).as("places, seed %s", SEED).isLessThan(1.95);
        assertThat(distance(kept, RandomLayerTest::normal))
                .as("values, seed %s", SEED)
                .isLessThan(1.95);
    }

    @Test
    void gaussianNoiseIsNormal() {
        double[] y = ones(new GaussianNoise(0.5, SEED, DEFAULT), N);
        assertThat(mean(y)).isCloseTo(1, within(3.5 * 0.5 / Math.sqrt(N)));
        assertThat(variance(y)).isCloseTo(0.25, within(3.5 * 0.25 * Math.sqrt(2.0 / N)));
        assertThat(distance(y, x -> normal((x - 1) / 0.5))).as("seed %s", SEED).isLessThan(1.95);
    }

    @Test
    void gaussianDropoutIsNormalWithTheVarianceOfDropout() {
        double[] y = ones(new GaussianDropout(0.3, SEED, DEFAULT), N);
        double deviation = Math.sqrt(0.3 / 0.7);
        assertThat(mean(y)).isCloseTo(1, within(3.5 * deviation / Math.sqrt(N)));
        assertThat(distance(y, x -> normal((x - 1) / deviation)))
                .as("seed %s", SEED)
                .isLessThan(1.95);
    }

    @Test
    void aSeedRepeatsTheNumbersAndEachCallDrawsAnew() {
        double[] first = ones(new GaussianNoise(0.5, SEED, DEFAULT), 207);
        assertThat(ones(new GaussianNoise(0.5, SEED, DEFAULT), 207)).isEqualTo(first);
        assertThat(ones(new GaussianNoise(0.5, OptionalLong.of(6), DEFAULT), 207))
                .isNotEqualTo(first);
        try (GaussianNoise layer = new GaussianNoise(0.5, SEED, DEFAULT)) {
            layer.apply(Ops.ones(207), true);
            assertThat(layer.apply(Ops.ones(207), true).toHost().toDoubleArray())
                    .isNotEqualTo(first);
        }
    }

    @Test
    void theStateIsTrackedUnlessNothingIsRandom() {
        try (Dropout some = new Dropout(0.5, SEED, DEFAULT);
                Dropout none = new Dropout(0)) {
            some.buildFor(Shape.of(4, 3));
            none.buildFor(Shape.of(4, 3));
            assertThat(some.variables()).hasSize(1);
            assertThat(none.variables()).isEmpty();
            some.apply(Ops.ones(4, 3), true);
            some.apply(Ops.ones(4, 3), true);
            assertThat(some.variables().get(0).toHost().getLong(1))
                    .as("draws so far")
                    .isEqualTo(2);
        }
    }

    @Test
    void inferenceChangesNothing() {
        for (Layer layer :
                new Layer[] {new Dropout(0.5), new AlphaDropout(0.5), new GaussianNoise(0.5), new GaussianDropout(0.5)
                }) {
            try (layer) {
                assertThat(layer.apply(Ops.ones(4, 3), false).toFloatArray()).containsOnly(1);
            }
        }
    }

    @Test
    void aRateOfOneLeavesZeros() {
        assertThat(ones(new Dropout(1), 6)).containsOnly(0);
        assertThat(ones(new AlphaDropout(1), 6)).containsOnly(0);
    }
}
