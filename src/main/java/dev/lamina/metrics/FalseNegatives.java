package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** How many (or the sum of the weights of those that) are predicted to be negative and are not. */
public final class FalseNegatives extends ConditionCount {
    /** Predictions above one half are positive. */
    public FalseNegatives() {
        this(List.of(), MetricOptions.DEFAULT);
    }

    /** @param thresholds what predictions must exceed; with several the result is a vector, none means one half */
    public FalseNegatives(List<Double> thresholds, MetricOptions options) {
        this(GivenThresholds.of(thresholds), options);
    }

    private FalseNegatives(GivenThresholds thresholds, MetricOptions options) {
        super(options.withDefaultName("false_negatives"), thresholds);
    }

    @Override
    Tensor counted(Confusion confusion) {
        return confusion.falseNegatives();
    }

    static FalseNegatives fromConfig(Config config) {
        return new FalseNegatives(GivenThresholds.read(config), MetricOptions.fromConfig(config));
    }
}
