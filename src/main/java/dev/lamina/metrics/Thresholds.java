package dev.lamina.metrics;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What predictions must exceed to count as positive.
 *
 * @param even whether they divide the range from 0 to 1 into equal parts, so that predictions can be sorted into them
 */
record Thresholds(List<Double> values, boolean even) {
    /** As in Keras: how far the first and last threshold of a curve lie outside of the range. */
    static final double MARGIN = 1e-7;

    Thresholds {
        values = List.copyOf(values);
    }

    /** Those of a user. */
    static Thresholds of(String where, List<Double> values) {
        for (double value : values) {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException(
                        "[" + where + "] expected thresholds from 0 to 1; received " + values + ".");
            }
        }
        if (values.isEmpty()) {
            throw new IllegalArgumentException("[" + where + "] expected at least one threshold; received none.");
        }
        return new Thresholds(values, areEven(values));
    }

    static Thresholds single(double value) {
        return new Thresholds(List.of(value), false);
    }

    /** So many from 0 to 1; one alone is one half. */
    static Thresholds spread(String where, int count) {
        if (count < 1) {
            throw new IllegalArgumentException(
                    "[" + where + "] expected numThresholds of at least 1; received " + count + ".");
        }
        if (count == 1) {
            return single(0.5);
        }
        List<Double> values = new ArrayList<>(List.of(0.0));
        values.addAll(inner(count));
        values.add(1.0);
        return new Thresholds(values, true);
    }

    /**
     * Those of a curve: the inner ones and one beyond each end, so that it begins and ends where all is positive or
     * not.
     */
    static Thresholds curve(String where, List<Double> inner) {
        of(where, inner.isEmpty() ? List.of(0.5) : inner);
        List<Double> sorted = inner.stream().sorted().toList();
        List<Double> closed = new ArrayList<>(List.of(0.0));
        closed.addAll(sorted);
        closed.add(1.0);
        return widened(sorted, areEven(closed));
    }

    static Thresholds curve(String where, int count) {
        if (count < 2) {
            throw new IllegalArgumentException(
                    "[" + where + "] expected numThresholds of at least 2; received " + count + ".");
        }
        return widened(inner(count), true);
    }

    private static Thresholds widened(List<Double> inner, boolean even) {
        List<Double> values = new ArrayList<>(List.of(-MARGIN));
        values.addAll(inner);
        values.add(1 + MARGIN);
        return new Thresholds(values, even);
    }

    private static List<Double> inner(int count) {
        return IntStream.range(1, count - 1).mapToObj(i -> i / (count - 1.0)).toList();
    }

    private static boolean areEven(List<Double> values) {
        int count = values.size();
        return count >= 3
                && IntStream.range(0, count).allMatch(i -> {
                    double exact = (float) i / (float) (count - 1);
                    return Math.abs(values.get(i) - exact) <= 1e-7 + 1e-5 * exact;
                });
    }

    int count() {
        return values.size();
    }

    /** Whether the ends lie outside of the range from 0 to 1. */
    boolean isWidened() {
        return values.getFirst() < 0 || values.getLast() > 1;
    }

    Tensor tensor(DType dtype) {
        return Numbers.vector(values, dtype);
    }
}
