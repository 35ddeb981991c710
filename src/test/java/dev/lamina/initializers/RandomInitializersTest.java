package dev.lamina.initializers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.initializers.VarianceScaling.Distribution;
import dev.lamina.initializers.VarianceScaling.Fan;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Random starting values follow their distribution, by moments and by Kolmogorov and Smirnov's test, and repeat by
 * their seed.
 */
final class RandomInitializersTest {
    private static final long SEED = 20261126;

    /** Of 207 x 200: 41,400 numbers, fans 207 and 200. */
    private static final Shape SHAPE = Shape.of(207, 200);

    /** Kolmogorov's distance over the root of the count exceeds this with probability 0.001. */
    private static final double KOLMOGOROV = 1.949;

    private record Law(DoubleUnaryOperator distribution, double mean, double deviation) {
        static Law uniform(double low, double high) {
            return new Law(
                    x -> Math.clamp((x - low) / (high - low), 0, 1), (low + high) / 2, (high - low) / Math.sqrt(12));
        }

        static Law normal(double mean, double deviation) {
            return new Law(x -> phi((x - mean) / deviation), mean, deviation);
        }

        /** Cut off at two of the deviations that it has before. */
        static Law truncated(double mean, double deviation) {
            double tail = phi(-2);
            return new Law(
                    x -> Math.clamp((phi((x - mean) / deviation) - tail) / (1 - 2 * tail), 0, 1),
                    mean,
                    deviation * 0.8796256610342398);
        }
    }

    /** The normal distribution, by its series, exact to more digits than are needed here. */
    private static double phi(double z) {
        if (Math.abs(z) > 7) {
            return z < 0 ? 0 : 1;
        }
        double term = z;
        double sum = z;
        for (int i = 3; Math.abs(term) > 1e-17; i += 2) {
            term *= z * z / i;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }

    private static Map<Initializer, Law> laws() {
        Map<Initializer, Law> laws = new LinkedHashMap<>();
        laws.put(Initializers.randomUniform(-2, 5).seed(SEED), Law.uniform(-2, 5));
        laws.put(Initializers.randomNormal(1, 3).seed(SEED), Law.normal(1, 3));
        laws.put(Initializers.truncatedNormal(-1, 0.5).seed(SEED), Law.truncated(-1, 0.5));
        double glorot = Math.sqrt(6 / 407.0);
        laws.put(Initializers.glorotUniform().seed(SEED), Law.uniform(-glorot, glorot));
        laws.put(Initializers.glorotNormal().seed(SEED), scaled(Math.sqrt(2 / 407.0)));
        double he = Math.sqrt(6 / 207.0);
        laws.put(Initializers.heUniform().seed(SEED), Law.uniform(-he, he));
        laws.put(Initializers.heNormal().seed(SEED), scaled(Math.sqrt(2 / 207.0)));
        double lecun = Math.sqrt(3 / 207.0);
        laws.put(Initializers.lecunUniform().seed(SEED), Law.uniform(-lecun, lecun));
        laws.put(Initializers.lecunNormal().seed(SEED), scaled(Math.sqrt(1 / 207.0)));
        laws.put(new VarianceScaling(3, Fan.OUT, Distribution.NORMAL).seed(SEED), Law.normal(0, Math.sqrt(3 / 200.0)));
        return laws;
    }

    /** A cut-off normal distribution of this deviation after the cut. */
    private static Law scaled(double deviation) {
        return Law.truncated(0, deviation / 0.8796256610342398);
    }

    @TestFactory
    Stream<DynamicTest> numbersFollowTheirDistribution() {
        return laws().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        String.valueOf(entry.getKey().config().get("class_name")), () -> {
                            double[] values =
                                    entry.getKey().apply(SHAPE, DType.FLOAT32).toDoubleArray();
                            Law law = entry.getValue();
                            int count = values.length;
                            double mean = Arrays.stream(values).average().orElseThrow();
                            double square = Arrays.stream(values)
                                    .map(x -> (x - law.mean()) * (x - law.mean()))
                                    .average()
                                    .orElseThrow();
                            // Four standard errors.
                            assertThat(mean).isCloseTo(law.mean(), within(4 * law.deviation() / Math.sqrt(count)));
                            assertThat(Math.sqrt(square))
                                    .isCloseTo(law.deviation(), within(4 * law.deviation() / Math.sqrt(count)));
                            assertThat(distance(values, law) * Math.sqrt(count))
                                    .as("seed " + SEED)
                                    .isLessThan(KOLMOGOROV);
                        }));
    }

    /** The largest distance between the numbers' distribution and the law. */
    private static double distance(double[] values, Law law) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double largest = 0;
        for (int i = 0; i < sorted.length; i++) {
            double expected = law.distribution().applyAsDouble(sorted[i]);
            largest = Math.max(largest, Math.abs(expected - (double) i / sorted.length));
            largest = Math.max(largest, Math.abs(expected - (i + 1.0) / sorted.length));
        }
        return largest;
    }

    @Test
    void theDistanceTellsALawFromAnother() {
        double[] values = Initializers.randomNormal(0, 1)
                .seed(SEED)
                .apply(SHAPE, DType.FLOAT32)
                .toDoubleArray();
        assertThat(distance(values, Law.truncated(0, 1)) * Math.sqrt(values.length))
                .isGreaterThan(KOLMOGOROV);
    }

    @Test
    void truncatedNumbersStayWithinTwoDeviations() {
        double[] values = Initializers.truncatedNormal(3, 0.5)
                .seed(SEED)
                .apply(SHAPE, DType.FLOAT32)
                .toDoubleArray();
        assertThat(Arrays.stream(values).max().orElseThrow()).isLessThanOrEqualTo(4);
        assertThat(Arrays.stream(values).min().orElseThrow()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void theSameSeedGivesTheSameNumbers() {
        for (Initializer initializer : laws().keySet()) {
            float[] first = initializer.apply(SHAPE, DType.FLOAT32).toFloatArray();
            assertThat(initializer.apply(SHAPE, DType.FLOAT32).toFloatArray()).containsExactly(first);
            Initializer again = Initializers.fromConfig(initializer.config());
            assertThat(again.apply(SHAPE, DType.FLOAT32).toFloatArray()).containsExactly(first);
        }
    }

    @Test
    void withoutASeedNumbersRepeatByTheGlobalSeed() {
        Shape shape = Shape.of(13);
        Initializer initializer = Initializers.heNormal();
        SeedGenerator.setGlobalSeed(3);
        float[] first = initializer.apply(shape, DType.FLOAT32).toFloatArray();
        float[] second = initializer.apply(shape, DType.FLOAT32).toFloatArray();
        SeedGenerator.setGlobalSeed(3);
        assertThat(initializer.apply(shape, DType.FLOAT32).toFloatArray())
                .containsExactly(first)
                .isNotEqualTo(second);
    }

    @Test
    void fansCountInputsAndOutputs() {
        // Uniform within sqrt(3 * scale / fan); 3 / limit^2 shows the fan.
        Map<Shape, List<Integer>> fans = Map.of(
                Shape.of(), List.of(1, 1),
                Shape.of(6000), List.of(6000, 6000),
                Shape.of(400, 30), List.of(400, 30),
                Shape.of(5, 4, 30, 20), List.of(600, 400),
                Shape.of(0, 3), List.of(1, 3));
        fans.forEach((shape, fan) -> {
            for (Fan kind : Fan.values()) {
                double expected = switch (kind) {
                    case IN -> fan.get(0);
                    case OUT -> fan.get(1);
                    case AVERAGE -> shape.equals(Shape.of(0, 3)) ? 1.5 : (fan.get(0) + fan.get(1)) / 2.0;
                };
                double limit = Math.sqrt(3 / expected);
                double[] values = new VarianceScaling(1, kind, Distribution.UNIFORM)
                        .seed(SEED)
                        .apply(shape, DType.FLOAT64)
                        .toDoubleArray();
                double largest = Arrays.stream(values).map(Math::abs).max().orElse(limit);
                assertThat(largest).as("%s of %s", kind, shape).isLessThanOrEqualTo(limit);
                if (values.length > 1000) {
                    assertThat(largest).as("%s of %s", kind, shape).isGreaterThan(limit * 0.99);
                }
            }
        });
        double[] values = Initializers.glorotUniform()
                .axes(List.of(1, 2), List.of(0))
                .seed(SEED)
                .apply(Shape.of(20, 10, 30), DType.FLOAT64)
                .toDoubleArray();
        double limit = Math.sqrt(6.0 / (300 + 20));
        assertThat(Arrays.stream(values).max().orElseThrow()).isBetween(limit * 0.99, limit);
    }

    @Test
    void emptyAndSingleShapesWork() {
        for (Initializer initializer : laws().keySet()) {
            for (Shape shape : List.of(Shape.of(0), Shape.of(), Shape.of(1, 1), Shape.of(4, 0, 3))) {
                assertThat(initializer.apply(shape, DType.BFLOAT16).shape()).isEqualTo(shape);
            }
        }
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThatThrownBy(() -> Initializers.randomNormal(0, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[random_normal] expected a standard deviation of at least 0 after the mean; received 0.0 and "
                                + "-1.0.");
        assertThatThrownBy(() -> Initializers.randomUniform(1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[random_uniform] expected the lower bound, then the upper one; received 1.0 and 0.0.");
        assertThatThrownBy(() -> new VarianceScaling(0, Fan.IN, Distribution.NORMAL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[variance_scaling] expected a scale greater than 0; received 0.0.");
    }
}
