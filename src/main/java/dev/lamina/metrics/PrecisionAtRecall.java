package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.OptionalInt;

/** The best precision {@code tp / (tp + fp)} where the recall {@code tp / (tp + fn)} is at least a given one. */
public final class PrecisionAtRecall extends AtConstraint {
    /** At 200 thresholds. */
    public PrecisionAtRecall(double recall) {
        this(recall, 200, OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param recall the least that is asked for, from 0 to 1
     * @param numThresholds how many thresholds from 0 to 1 are tried
     * @param classId only this class of the last axis is looked at
     */
    public PrecisionAtRecall(double recall, int numThresholds, OptionalInt classId, MetricOptions options) {
        super(options.withDefaultName("precision_at_recall"), "recall", recall, numThresholds, classId);
    }

    @Override
    public Tensor result() {
        return best(recall(), precision());
    }

    static PrecisionAtRecall fromConfig(Config config) {
        return new PrecisionAtRecall(
                config.number("recall"),
                config.integer("num_thresholds", 200),
                Rates.read(config, "class_id"),
                MetricOptions.fromConfig(config));
    }
}
