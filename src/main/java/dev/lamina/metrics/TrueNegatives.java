package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** How many (or the sum of the weights of those that) are negative and predicted to be. */
public final class TrueNegatives extends ConditionCount {
    /** Predictions above one half are positive. */
    public TrueNegatives() {
        this(List.of(), MetricOptions.DEFAULT);
    }

    /** @param thresholds what predictions must exceed; with several the result is a vector, none means one half */
    public TrueNegatives(List<Double> thresholds, MetricOptions options) {
        this(GivenThresholds.of(thresholds), options);
    }

    private TrueNegatives(GivenThresholds thresholds, MetricOptions options) {
        super(options.withDefaultName("true_negatives"), thresholds);
    }

    @Override
    Tensor counted(Confusion confusion) {
        return confusion.trueNegatives();
    }

    static TrueNegatives fromConfig(Config config) {
        return new TrueNegatives(GivenThresholds.read(config), MetricOptions.fromConfig(config));
    }
}
