package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/**
 * {@code log(cosh(prediction - target))}, averaged over the last axis; computed as {@code x + softplus(-2 x) - log 2}.
 */
public final class LogCosh extends Loss {
    /** The mean over all samples. */
    public LogCosh() {
        this(LossOptions.DEFAULT);
    }

    public LogCosh(LossOptions options) {
        super(options.withDefaultName("log_cosh"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor x = Ops.subtract(prediction, target);
        Tensor tail = NN.softplus(Ops.multiply(x, -2));
        return LastAxis.mean(Ops.subtract(Ops.add(x, tail), Math.log(2)));
    }

    static LogCosh fromConfig(Config config) {
        return new LogCosh(LossOptions.fromConfig(config));
    }
}
