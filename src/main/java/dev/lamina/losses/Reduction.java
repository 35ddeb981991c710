package dev.lamina.losses;

import java.util.Arrays;
import java.util.Locale;

/** How a loss makes one number of many. {@link #toString} gives Keras's name, {@code "sum_over_batch_size"}. */
public enum Reduction {
    /** The sum of the weighted losses divided by their count, whatever the weights are. */
    SUM_OVER_BATCH_SIZE,
    /** The sum of the weighted losses. */
    SUM,
    /** The same as {@link #SUM_OVER_BATCH_SIZE}. */
    MEAN,
    /** The sum of the weighted losses divided by the sum of the weights, as given; without weights by their count. */
    MEAN_WITH_SAMPLE_WEIGHT,
    /** The weighted losses themselves. */
    NONE;

    /** Whether the sum is divided by the number of losses, so that masked ones must not count. */
    boolean countsElements() {
        return this == SUM_OVER_BATCH_SIZE || this == MEAN;
    }

    /** The reduction of that Keras name; an unknown one is an {@link IllegalArgumentException}. */
    public static Reduction of(String name) {
        return Arrays.stream(values())
                .filter(reduction -> reduction.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("[loss] expected the reduction sum_over_batch_size, "
                        + "sum, mean, mean_with_sample_weight or none; received \"" + name + "\"."));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
