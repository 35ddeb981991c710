package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** {@code max(1 - target * prediction, 0)^2}, averaged over the last axis; for targets as {@link Hinge} takes them. */
public final class SquaredHinge extends Loss {
    /** The mean over all samples. */
    public SquaredHinge() {
        this(LossOptions.DEFAULT);
    }

    public SquaredHinge(LossOptions options) {
        super(options.withDefaultName("squared_hinge"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return LastAxis.mean(Ops.square(Hinge.margins(target, prediction)));
    }

    static SquaredHinge fromConfig(Config config) {
        return new SquaredHinge(LossOptions.fromConfig(config));
    }
}
