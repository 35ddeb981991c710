package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.OptionalInt;

/** The best recall {@code tp / (tp + fn)} where the precision {@code tp / (tp + fp)} is at least a given one. */
public final class RecallAtPrecision extends AtConstraint {
    /** At 200 thresholds. */
    public RecallAtPrecision(double precision) {
        this(precision, 200, OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param precision the least that is asked for, from 0 to 1
     * @param numThresholds how many thresholds from 0 to 1 are tried
     * @param classId only this class of the last axis is looked at
     */
    public RecallAtPrecision(double precision, int numThresholds, OptionalInt classId, MetricOptions options) {
        super(options.withDefaultName("recall_at_precision"), "precision", precision, numThresholds, classId);
    }

    @Override
    public Tensor result() {
        return best(precision(), recall());
    }

    static RecallAtPrecision fromConfig(Config config) {
        return new RecallAtPrecision(
                config.number("precision"),
                config.integer("num_thresholds", 200),
                Rates.read(config, "class_id"),
                MetricOptions.fromConfig(config));
    }
}
