package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** The mean over the last axis of {@code |target - prediction|}. */
public final class MeanAbsoluteError extends Loss {
    /** The mean over all samples. */
    public MeanAbsoluteError() {
        this(LossOptions.DEFAULT);
    }

    public MeanAbsoluteError(LossOptions options) {
        super(options.withDefaultName("mean_absolute_error"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return LastAxis.mean(Ops.abs(Ops.subtract(prediction, target)));
    }

    static MeanAbsoluteError fromConfig(Config config) {
        return new MeanAbsoluteError(LossOptions.fromConfig(config));
    }
}
