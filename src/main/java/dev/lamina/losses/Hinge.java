package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/**
 * {@code max(1 - target * prediction, 0)}, averaged over the last axis, for targets of -1 and 1. Where a batch holds
 * only 0 and 1, they are taken for -1 and 1.
 */
public final class Hinge extends Loss {
    /** The mean over all samples. */
    public Hinge() {
        this(LossOptions.DEFAULT);
    }

    public Hinge(LossOptions options) {
        super(options.withDefaultName("hinge"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return LastAxis.mean(margins(target, prediction));
    }

    /** {@code max(1 - target * prediction, 0)}, targets of 0 and 1 being converted. */
    static Tensor margins(Tensor target, Tensor prediction) {
        Tensor zero = Ops.constant(0, target.dtype());
        Tensor one = Ops.constant(1, target.dtype());
        Tensor binary = Ops.logicalOr(Ops.equal(target, zero), Ops.equal(target, one));
        Tensor signed = Ops.subtract(Ops.multiply(target, 2), 1);
        Tensor labels = hasElements(target) ? Ops.where(Ops.min(binary), signed, target) : target;
        return Ops.maximum(Ops.subtract(1, Ops.multiply(labels, prediction)), 0);
    }

    private static boolean hasElements(Tensor tensor) {
        return !tensor.shape().isFullyKnown() || tensor.shape().elements() > 0;
    }

    static Hinge fromConfig(Config config) {
        return new Hinge(LossOptions.fromConfig(config));
    }
}
