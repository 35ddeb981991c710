package dev.lamina.metrics;

import dev.lamina.losses.Loss;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** A loss as a metric: its mean over all samples. */
public final class LossMetric extends MeanMetric {
    private final Loss loss;

    public LossMetric(Loss loss) {
        super(loss.name());
        this.loss = loss;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        // The batch's mean stands for each of its samples.
        return Ops.broadcastTo(
                loss.apply(target, prediction), prediction.shape().slice(0, 1));
    }
}
