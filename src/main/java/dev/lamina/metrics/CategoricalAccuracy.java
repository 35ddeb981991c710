package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** How often the largest element of a row of predictions is at the place of the target's, for one-hot targets. */
public final class CategoricalAccuracy extends MeanMetric {
    /** The default options. */
    public CategoricalAccuracy() {
        this(MetricOptions.DEFAULT);
    }

    public CategoricalAccuracy(MetricOptions options) {
        super(options.withDefaultName("categorical_accuracy"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        return Ops.cast(Ops.equal(Ops.argmax(pair.target(), -1), Ops.argmax(pair.prediction(), -1)), dtype());
    }

    static CategoricalAccuracy fromConfig(Config config) {
        return new CategoricalAccuracy(MetricOptions.fromConfig(config));
    }
}
