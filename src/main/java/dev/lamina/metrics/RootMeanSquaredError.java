package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** {@code sqrt(mean((prediction - target)^2))} over all samples. */
public final class RootMeanSquaredError extends MeanMetric {
    /** The default options. */
    public RootMeanSquaredError() {
        this(MetricOptions.DEFAULT);
    }

    public RootMeanSquaredError(MetricOptions options) {
        super(options.withDefaultName("root_mean_squared_error"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        return Ops.square(Ops.subtract(pair.prediction(), pair.target()));
    }

    @Override
    public Tensor result() {
        return Ops.sqrt(super.result());
    }

    static RootMeanSquaredError fromConfig(Config config) {
        return new RootMeanSquaredError(MetricOptions.fromConfig(config));
    }
}
