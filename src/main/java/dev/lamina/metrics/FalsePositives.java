package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** How many (or the sum of the weights of those that) are predicted to be positive and are not. */
public final class FalsePositives extends ConditionCount {
    /** Predictions above one half are positive. */
    public FalsePositives() {
        this(List.of(), MetricOptions.DEFAULT);
    }

    /** @param thresholds what predictions must exceed; with several the result is a vector, none means one half */
    public FalsePositives(List<Double> thresholds, MetricOptions options) {
        this(GivenThresholds.of(thresholds), options);
    }

    private FalsePositives(GivenThresholds thresholds, MetricOptions options) {
        super(options.withDefaultName("false_positives"), thresholds);
    }

    @Override
    Tensor counted(Confusion confusion) {
        return confusion.falsePositives();
    }

    static FalsePositives fromConfig(Config config) {
        return new FalsePositives(GivenThresholds.read(config), MetricOptions.fromConfig(config));
    }
}
