package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** How many (or the sum of the weights of those that) are positive and predicted to be. */
public final class TruePositives extends ConditionCount {
    /** Predictions above one half are positive. */
    public TruePositives() {
        this(List.of(), MetricOptions.DEFAULT);
    }

    /** @param thresholds what predictions must exceed; with several the result is a vector, none means one half */
    public TruePositives(List<Double> thresholds, MetricOptions options) {
        this(GivenThresholds.of(thresholds), options);
    }

    private TruePositives(GivenThresholds thresholds, MetricOptions options) {
        super(options.withDefaultName("true_positives"), thresholds);
    }

    @Override
    Tensor counted(Confusion confusion) {
        return confusion.truePositives();
    }

    static TruePositives fromConfig(Config config) {
        return new TruePositives(GivenThresholds.read(config), MetricOptions.fromConfig(config));
    }
}
