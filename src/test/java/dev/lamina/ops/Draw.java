package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/** How the values of one input of a case are drawn, perhaps from those of the inputs before it. */
interface Draw {
    HostArray draw(TensorSpec spec, List<HostArray> before, RandomGenerator random);

    static Draw each(ToDoubleFunction<RandomGenerator> value) {
        return (spec, before, random) ->
                HostArray.zeros(spec.shape(), spec.dtype()).fill(index -> value.applyAsDouble(random));
    }

    static Draw normal(double deviation) {
        return each(random -> deviation * random.nextGaussian());
    }

    static Draw normal(double mean, double deviation) {
        return each(random -> mean + deviation * random.nextGaussian());
    }

    static Draw uniform(double low, double high) {
        return each(random -> random.nextDouble(low, high));
    }

    /** Of either sign, away from a kink or pole at 0. */
    static Draw awayFromZero(double low, double high) {
        return each(random -> (random.nextBoolean() ? 1 : -1) * random.nextDouble(low, high));
    }

    /** Of any size, at least 0.1 away from a whole number and from the middle between two. */
    static Draw awayFromSteps() {
        return each(random -> random.nextInt(-5, 5) + (random.nextBoolean() ? 0.5 : 0) + random.nextDouble(0.1, 0.4));
    }

    /** Whole numbers from {@code low} (included) to {@code high} (excluded). */
    static Draw integers(int low, int high) {
        return each(random -> random.nextInt(low, high));
    }

    /** Whole numbers without 0, of either sign. */
    static Draw nonZeroIntegers(int high) {
        return each(random -> (random.nextBoolean() ? 1 : -1) * random.nextInt(1, high));
    }

    /** Whole numbers and a half: no quotient by a whole number is whole. */
    static Draw halves(int low, int high) {
        return each(random -> random.nextInt(low, high) + 0.5);
    }

    static Draw booleans() {
        return integers(0, 2);
    }

    /** Ordinary numbers, infinities and NaN. */
    static Draw specials() {
        double[] values = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, -0.0, 1.5, -2};
        return each(random -> values[random.nextInt(values.length)]);
    }

    /** Rows of the last axis that sum to 1 (but for rounding). */
    static Draw probabilities() {
        return (spec, before, random) -> {
            HostArray array = HostArray.zeros(spec.shape(), spec.dtype());
            int classes = spec.shape().size(-1);
            for (long row = 0; row < array.elements() / Math.max(1, classes); row++) {
                double[] weights = random.doubles(classes, 0.1, 1).toArray();
                double sum = java.util.Arrays.stream(weights).sum();
                for (int i = 0; i < classes; i++) {
                    array.setDouble(row * classes + i, weights[i] / sum);
                }
            }
            return array;
        };
    }

    /** A result of another op on the inputs before this one, by its naive definition. */
    static Draw resultOf(Op op, int output, int... inputs) {
        return (spec, before, random) -> {
            List<HostArray> arguments =
                    java.util.Arrays.stream(inputs).mapToObj(before::get).toList();
            double[] values = Definitions.of(op, arguments).get(output);
            return HostArray.zeros(spec.shape(), spec.dtype()).fill(index -> values[(int) index]);
        };
    }

    /** The state of a seed generator. */
    static Draw state(long seed, long draws) {
        return (spec, before, random) -> HostArray.of(new long[] {seed, draws});
    }
}
