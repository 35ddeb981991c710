package dev.lamina.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** CTC against the sum over all paths that spell the labels, which small sequences allow. */
final class CTCTest {
    private static final int TIME = 5;
    private static final int CLASSES = 3;
    private static final int[][] LABELS = {{1, 2, 1}, {1, 1, 0}, {2, 0, 0}, {0, 0, 0}};

    @Test
    void isTheSumOverAllPaths() {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        HostArray logits = HostArray.zeros(Shape.of(LABELS.length, TIME, CLASSES), DType.FLOAT64)
                .fill(i -> random.nextGaussian());
        int[] flat = Arrays.stream(LABELS).flatMapToInt(Arrays::stream).toArray();
        try (Scope _ = Scope.open()) {
            HostArray found = new CTC(LossOptions.of(Reduction.NONE))
                    .apply(Ops.tensor(HostArray.of(flat, LABELS.length, 3)), Ops.tensor(logits))
                    .toHost();
            for (int sample = 0; sample < LABELS.length; sample++) {
                assertThat(found.getDouble(sample))
                        .as("sample %d, seed %d", sample, seed)
                        .isCloseTo(-Math.log(sumOfPaths(logits, sample)), within(1e-9));
            }
        }
    }

    private static double sumOfPaths(HostArray logits, int sample) {
        List<Integer> labels = new ArrayList<>();
        Arrays.stream(LABELS[sample]).filter(label -> label != 0).forEach(labels::add);
        double sum = 0;
        int paths = (int) Math.pow(CLASSES, TIME);
        for (int path = 0; path < paths; path++) {
            List<Integer> spelt = new ArrayList<>();
            double probability = 1;
            int previous = 0;
            int rest = path;
            for (int time = 0; time < TIME; time++) {
                int choice = rest % CLASSES;
                rest /= CLASSES;
                probability *= softmax(logits, sample, time, choice);
                if (choice != 0 && choice != previous) {
                    spelt.add(choice);
                }
                previous = choice;
            }
            sum += spelt.equals(labels) ? probability : 0;
        }
        return sum;
    }

    private static double softmax(HostArray logits, int sample, int time, int choice) {
        long row = ((long) sample * TIME + time) * CLASSES;
        double total = 0;
        for (int i = 0; i < CLASSES; i++) {
            total += Math.exp(logits.getDouble(row + i));
        }
        return Math.exp(logits.getDouble(row + choice)) / total;
    }
}
