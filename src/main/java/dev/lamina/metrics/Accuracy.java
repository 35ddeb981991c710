package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** How many elements of the predictions equal the targets. */
public final class Accuracy extends MeanMetric {
    /** The default options. */
    public Accuracy() {
        this(MetricOptions.DEFAULT);
    }

    public Accuracy(MetricOptions options) {
        super(options.withDefaultName("accuracy"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        return Ops.cast(Ops.equal(pair.target(), pair.prediction()), dtype());
    }

    static Accuracy fromConfig(Config config) {
        return new Accuracy(MetricOptions.fromConfig(config));
    }
}
