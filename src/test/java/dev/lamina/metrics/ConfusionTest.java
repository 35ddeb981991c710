package dev.lamina.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sorting predictions into bins counts what comparing them with every threshold counts, also where they are equal. */
final class ConfusionTest {
    private static final int LABELS = 3;
    private static final List<Double> INNER = List.of(0.25, 0.5, 0.75);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 6, 13, 207})
    void binsCountWhatComparisonsCount(int samples) {
        long seed = 11 + samples;
        SplittableRandom random = new SplittableRandom(seed);
        Shape shape = Shape.of(samples, LABELS);
        // A quarter of the predictions lie on a threshold.
        HostArray predictions = HostArray.zeros(shape, DType.FLOAT32)
                .fill(i -> i % 4 == 0 ? random.nextInt(5) / 4.0 : random.nextDouble());
        HostArray targets = HostArray.zeros(shape, DType.FLOAT32).fill(i -> random.nextInt(2));
        HostArray weights = HostArray.zeros(shape, DType.FLOAT32).fill(i -> random.nextInt(4));
        try (Scope _ = Scope.open()) {
            for (Thresholds sorted : List.of(Thresholds.spread("test", 5), Thresholds.curve("test", INNER))) {
                Thresholds compared = new Thresholds(sorted.values(), false);
                assertThat(sorted.even()).isTrue();
                for (boolean byLabel : new boolean[] {false, true}) {
                    Confusion found = count(sorted, targets, predictions, weights, byLabel);
                    Confusion expected = count(compared, targets, predictions, weights, byLabel);
                    String what = sorted.values() + ", by label " + byLabel + ", seed " + seed;
                    same(what, found.truePositives(), expected.truePositives());
                    same(what, found.falsePositives(), expected.falsePositives());
                    same(what, found.trueNegatives(), expected.trueNegatives());
                    same(what, found.falseNegatives(), expected.falseNegatives());
                    double all = Stream.of(
                                    found.truePositives(),
                                    found.falsePositives(),
                                    found.trueNegatives(),
                                    found.falseNegatives())
                            .mapToDouble(part -> Ops.sum(part).item())
                            .sum();
                    assertThat(all).as(what).isCloseTo(5 * sum(weights), within(1e-2));
                }
            }
        }
    }

    private static Confusion count(
            Thresholds thresholds, HostArray targets, HostArray predictions, HostArray weights, boolean byLabel) {
        return Confusion.of(thresholds, Ops.tensor(targets), Ops.tensor(predictions), Ops.tensor(weights), byLabel);
    }

    private static double sum(HostArray values) {
        double sum = 0;
        for (long i = 0; i < values.elements(); i++) {
            sum += values.getDouble(i);
        }
        return sum;
    }

    private static void same(String what, Tensor found, Tensor expected) {
        assertThat(found.toHost()).as(what).hasToString(expected.toHost().toString());
    }
}
