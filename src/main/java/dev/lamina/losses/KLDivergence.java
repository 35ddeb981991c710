package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/**
 * {@code sum(target * log(target / prediction))} over the last axis (Kullback and Leibler, 1951); both are clipped to
 * {@code [1e-7, 1]}.
 */
public final class KLDivergence extends Loss {
    /** The mean over all samples. */
    public KLDivergence() {
        this(LossOptions.DEFAULT);
    }

    public KLDivergence(LossOptions options) {
        super(options.withDefaultName("kl_divergence"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor t = Ops.clip(target, Crossentropies.EPSILON, 1);
        Tensor p = Ops.clip(prediction, Crossentropies.EPSILON, 1);
        return LastAxis.sum(Ops.multiply(t, Ops.log(Ops.divide(t, p))));
    }

    static KLDivergence fromConfig(Config config) {
        return new KLDivergence(LossOptions.fromConfig(config));
    }
}
