package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** {@code prediction - target * log(prediction + 1e-7)}, averaged over the last axis. */
public final class Poisson extends Loss {
    /** The mean over all samples. */
    public Poisson() {
        this(LossOptions.DEFAULT);
    }

    public Poisson(LossOptions options) {
        super(options.withDefaultName("poisson"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor log = Ops.log(Ops.add(prediction, Crossentropies.EPSILON));
        return LastAxis.mean(Ops.subtract(prediction, Ops.multiply(target, log)));
    }

    static Poisson fromConfig(Config config) {
        return new Poisson(LossOptions.fromConfig(config));
    }
}
