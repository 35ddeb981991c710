package dev.lamina.metrics;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;

/** A metric that is the mean of one number a sample; 0 before any. Overrides give {@link #perSample}. */
public abstract class MeanMetric extends Metric {
    private final Variable total;
    private final Variable count;

    protected MeanMetric(String name) {
        super(name);
        total = addState("total", Shape.scalar());
        count = addState("count", Shape.scalar());
    }

    /** One number a sample, of any shape. */
    protected abstract Tensor perSample(Tensor target, Tensor prediction);

    @Override
    public final void update(Tensor target, Tensor prediction) {
        Tensor values = Ops.cast(perSample(target, prediction), DType.FLOAT32);
        accumulate(
                Ops.sum(values),
                values.shape().isFullyKnown() ? (double) values.shape().elements() : 0);
    }

    /** Adds a sum over so many samples. */
    protected final void accumulate(Tensor sum, double samples) {
        total.assignAdd(sum);
        count.assignAdd(Ops.constant(samples, DType.FLOAT32));
    }

    @Override
    public final Tensor result() {
        // A count of 0 comes with a total of 0, and gives 0.
        return Ops.divide(total, Ops.maximum(count, Ops.constant(Float.MIN_NORMAL, DType.FLOAT32)));
    }
}
