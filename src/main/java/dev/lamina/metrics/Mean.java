package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Optional;

/** The weighted mean of numbers: the loss of an epoch, for instance, weighted by the batches' sizes. */
public final class Mean extends MeanMetric {
    /** The default options. */
    public Mean() {
        this(MetricOptions.DEFAULT);
    }

    /** A mean of that name. */
    public Mean(String name) {
        this(MetricOptions.named(name));
    }

    public Mean(MetricOptions options) {
        super(options.withDefaultName("mean"));
    }

    /** Takes in a scalar that stands for so many samples. */
    public void update(Tensor value, double samples) {
        accumulateSum(Ops.multiply(Ops.cast(value, dtype()), samples), samples);
    }

    /** Takes in numbers of any shape; each entry of the first axis counts once. */
    public void updateValues(Tensor values) {
        accumulateValues(values, Optional.empty());
    }

    /** Takes in numbers of any shape, weighted by weights of their leading axes. */
    public void updateValues(Tensor values, Tensor sampleWeight) {
        accumulateValues(values, Optional.of(sampleWeight));
    }

    static Mean fromConfig(Config config) {
        return new Mean(MetricOptions.fromConfig(config));
    }

    /** The predictions, whatever the target. */
    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return prediction;
    }
}
