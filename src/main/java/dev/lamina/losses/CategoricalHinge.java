package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Optional;

/**
 * {@code max(neg - pos + 1, 0)} with {@code pos = sum(target * prediction)} and {@code neg = max((1 - target) *
 * prediction)} over the last axis, for one-hot targets.
 */
public final class CategoricalHinge extends Loss {
    /** The mean over all samples. */
    public CategoricalHinge() {
        this(LossOptions.DEFAULT);
    }

    public CategoricalHinge(LossOptions options) {
        super(options.withDefaultName("categorical_hinge"));
    }

    @Override
    Optional<String> adviceForLabels() {
        return Optional.of(Crossentropies.WHOLE_LABELS);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor positive = Ops.sum(Ops.multiply(target, prediction), -1);
        Tensor negative = Ops.max(Ops.multiply(Ops.subtract(1, target), prediction), -1);
        return Ops.maximum(Ops.add(Ops.subtract(negative, positive), 1), 0);
    }

    static CategoricalHinge fromConfig(Config config) {
        return new CategoricalHinge(LossOptions.fromConfig(config));
    }
}
