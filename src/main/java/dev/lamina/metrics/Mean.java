package dev.lamina.metrics;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;

/** The weighted mean of scalars: the loss of an epoch, weighted by the batches' sizes. */
public final class Mean extends MeanMetric {
    public Mean(String name) {
        super(name);
    }

    /** Takes in a scalar that stands for so many samples. */
    public void update(Tensor value, double samples) {
        accumulate(Ops.multiply(Ops.cast(value, DType.FLOAT32), samples), samples);
    }

    /** The predictions' elements, whatever the target. */
    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return prediction;
    }
}
