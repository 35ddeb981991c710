package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;

/** How often the largest element of a row of predictions is at the place that an integer label names. */
public final class SparseCategoricalAccuracy extends MeanMetric {
    /** The default options. */
    public SparseCategoricalAccuracy() {
        this(MetricOptions.DEFAULT);
    }

    public SparseCategoricalAccuracy(MetricOptions options) {
        super(options.withDefaultName("sparse_categorical_accuracy"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor labels = Ops.cast(Pairs.labels(this, target, prediction), DType.INT32);
        return Ops.cast(Ops.equal(labels, Ops.argmax(prediction, -1)), dtype());
    }

    static SparseCategoricalAccuracy fromConfig(Config config) {
        return new SparseCategoricalAccuracy(MetricOptions.fromConfig(config));
    }
}
