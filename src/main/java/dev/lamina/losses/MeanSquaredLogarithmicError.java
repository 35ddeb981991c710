package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** {@code (log(1 + prediction) - log(1 + target))^2}, averaged over the last axis; both are at least 1e-7. */
public final class MeanSquaredLogarithmicError extends Loss {
    /** The mean over all samples. */
    public MeanSquaredLogarithmicError() {
        this(LossOptions.DEFAULT);
    }

    public MeanSquaredLogarithmicError(LossOptions options) {
        super(options.withDefaultName("mean_squared_logarithmic_error"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor difference = Ops.subtract(log(prediction), log(target));
        return LastAxis.mean(Ops.square(difference));
    }

    private static Tensor log(Tensor x) {
        return Ops.log1p(Ops.maximum(x, Crossentropies.EPSILON));
    }

    static MeanSquaredLogarithmicError fromConfig(Config config) {
        return new MeanSquaredLogarithmicError(LossOptions.fromConfig(config));
    }
}
