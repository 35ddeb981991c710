package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.OptionalInt;

/** The best sensitivity {@code tp / (tp + fn)} where the specificity {@code tn / (tn + fp)} is at least a given one. */
public final class SensitivityAtSpecificity extends AtConstraint {
    /** At 200 thresholds. */
    public SensitivityAtSpecificity(double specificity) {
        this(specificity, 200, OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param specificity the least that is asked for, from 0 to 1
     * @param numThresholds how many thresholds from 0 to 1 are tried
     * @param classId only this class of the last axis is looked at
     */
    public SensitivityAtSpecificity(double specificity, int numThresholds, OptionalInt classId, MetricOptions options) {
        super(
                options.withDefaultName("sensitivity_at_specificity"),
                "specificity",
                specificity,
                numThresholds,
                classId);
    }

    @Override
    public Tensor result() {
        return best(specificity(), recall());
    }

    static SensitivityAtSpecificity fromConfig(Config config) {
        return new SensitivityAtSpecificity(
                config.number("specificity"),
                config.integer("num_thresholds", 200),
                Rates.read(config, "class_id"),
                MetricOptions.fromConfig(config));
    }
}
