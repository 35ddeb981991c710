package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;

/** How many of those that are predicted to be positive are: {@code tp / (tp + fp)}, 0 for none. */
public final class Precision extends PositiveShare {
    /** Predictions above one half are positive. */
    public Precision() {
        this(List.of(), OptionalInt.empty(), OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param thresholds what predictions must exceed; with several the result is a vector. None means one half, or all
     *     with topK
     * @param topK only the k largest of a row may be positive
     * @param classId only this class of the last axis is looked at
     */
    public Precision(List<Double> thresholds, OptionalInt topK, OptionalInt classId, MetricOptions options) {
        this(new Choice(GivenThresholds.of(thresholds), new Selection(topK, classId)), options);
    }

    private Precision(Choice choice, MetricOptions options) {
        super("precision", choice, "false_positives", options);
    }

    @Override
    Tensor others(Confusion counts) {
        return counts.falsePositives();
    }

    static Precision fromConfig(Config config) {
        return new Precision(Choice.fromConfig(config), MetricOptions.fromConfig(config));
    }
}
