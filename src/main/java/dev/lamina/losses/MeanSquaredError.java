package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** The mean over the last axis of {@code (target - prediction)^2}. */
public final class MeanSquaredError extends Loss {
    /** The mean over all samples. */
    public MeanSquaredError() {
        this(LossOptions.DEFAULT);
    }

    public MeanSquaredError(LossOptions options) {
        super(options.withDefaultName("mean_squared_error"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return LastAxis.mean(Ops.square(Ops.subtract(prediction, target)));
    }

    static MeanSquaredError fromConfig(Config config) {
        return new MeanSquaredError(LossOptions.fromConfig(config));
    }
}
