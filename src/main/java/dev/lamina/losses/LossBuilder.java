package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.tensor.DType;

/**
 * The options that all built-in losses share.
 *
 * @param <B> the builder itself
 * @param <L> the loss it makes
 */
public abstract class LossBuilder<B extends LossBuilder<B, L>, L extends Loss> {
    private LossOptions options = LossOptions.DEFAULT;

    protected LossBuilder() {}

    protected abstract B self();

    /** Makes the loss. */
    public abstract L build();

    public final B name(String name) {
        options = options.withName(name);
        return self();
    }

    public final B reduction(Reduction reduction) {
        options = options.withReduction(reduction);
        return self();
    }

    /** In which type the loss is computed. */
    public final B dtype(DType dtype) {
        options = options.withDType(dtype);
        return self();
    }

    final B fromBaseConfig(Config config) {
        options = LossOptions.fromConfig(config);
        return self();
    }

    final LossOptions options(String defaultName) {
        return options.withDefaultName(defaultName);
    }
}
