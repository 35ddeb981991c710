package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;

/** How many of the positive ones are predicted to be: {@code tp / (tp + fn)}, 0 for none. */
public final class Recall extends PositiveShare {
    /** Predictions above one half are positive. */
    public Recall() {
        this(List.of(), OptionalInt.empty(), OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param thresholds what predictions must exceed; with several the result is a vector. None means one half, or all
     *     with topK
     * @param topK only the k largest of a row may be positive
     * @param classId only this class of the last axis is looked at
     */
    public Recall(List<Double> thresholds, OptionalInt topK, OptionalInt classId, MetricOptions options) {
        this(new Choice(GivenThresholds.of(thresholds), new Selection(topK, classId)), options);
    }

    private Recall(Choice choice, MetricOptions options) {
        super("recall", choice, "false_negatives", options);
    }

    @Override
    Tensor others(Confusion counts) {
        return counts.falseNegatives();
    }

    static Recall fromConfig(Config config) {
        return new Recall(Choice.fromConfig(config), MetricOptions.fromConfig(config));
    }
}
