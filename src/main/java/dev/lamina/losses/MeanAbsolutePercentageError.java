package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** {@code 100 * |target - prediction| / max(|target|, 1e-7)}, averaged over the last axis. */
public final class MeanAbsolutePercentageError extends Loss {
    /** The mean over all samples. */
    public MeanAbsolutePercentageError() {
        this(LossOptions.DEFAULT);
    }

    public MeanAbsolutePercentageError(LossOptions options) {
        super(options.withDefaultName("mean_absolute_percentage_error"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor size = Ops.maximum(Ops.abs(target), Crossentropies.EPSILON);
        Tensor share = Ops.abs(Ops.divide(Ops.subtract(target, prediction), size));
        return Ops.multiply(LastAxis.mean(share), 100);
    }

    static MeanAbsolutePercentageError fromConfig(Config config) {
        return new MeanAbsolutePercentageError(LossOptions.fromConfig(config));
    }
}
