package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.OptionalInt;

/** The best specificity {@code tn / (tn + fp)} where the sensitivity {@code tp / (tp + fn)} is at least a given one. */
public final class SpecificityAtSensitivity extends AtConstraint {
    /** At 200 thresholds. */
    public SpecificityAtSensitivity(double sensitivity) {
        this(sensitivity, 200, OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param sensitivity the least that is asked for, from 0 to 1
     * @param numThresholds how many thresholds from 0 to 1 are tried
     * @param classId only this class of the last axis is looked at
     */
    public SpecificityAtSensitivity(double sensitivity, int numThresholds, OptionalInt classId, MetricOptions options) {
        super(
                options.withDefaultName("specificity_at_sensitivity"),
                "sensitivity",
                sensitivity,
                numThresholds,
                classId);
    }

    @Override
    public Tensor result() {
        return best(recall(), specificity());
    }

    static SpecificityAtSensitivity fromConfig(Config config) {
        return new SpecificityAtSensitivity(
                config.number("sensitivity"),
                config.integer("num_thresholds", 200),
                Rates.read(config, "class_id"),
                MetricOptions.fromConfig(config));
    }
}
