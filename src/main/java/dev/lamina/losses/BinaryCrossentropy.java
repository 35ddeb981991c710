package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * {@code -(t log p + (1 - t) log(1 - p))}, averaged over an axis, for targets t of 0 or 1 (or between). Probabilities
 * are clipped to {@code [1e-7, 1 - 1e-7]}; logits x are computed with as {@code max(x, 0) - x t + log(1 + exp(-|x|))}.
 */
public final class BinaryCrossentropy extends Loss {
    private final CrossentropyOptions options;

    /** The default options. */
    public BinaryCrossentropy() {
        this(of());
    }

    /** @param labelSmoothing moves targets towards one half: {@code t (1 - s) + s / 2} */
    public BinaryCrossentropy(boolean fromLogits, double labelSmoothing) {
        this(of().fromLogits(fromLogits).labelSmoothing(labelSmoothing));
    }

    private BinaryCrossentropy(Builder builder) {
        super(builder.options("binary_crossentropy"));
        options = builder.crossentropy().checkedFor(name());
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a BinaryCrossentropy. */
    public static final class Builder extends CrossentropyBuilder<Builder, BinaryCrossentropy> {
        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        public BinaryCrossentropy build() {
            return new BinaryCrossentropy(this);
        }
    }

    @Override
    Optional<String> adviceForLabels() {
        return Optional.of(Crossentropies.TRUTH_LABELS);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor t = Crossentropies.smoothBinary(target, options.labelSmoothing());
        Tensor loss = Crossentropies.binary(t, prediction, options.fromLogits());
        return loss.shape().rank() == 0 ? loss : Ops.mean(loss, options.axis());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = configWith();
        options.writeTo(config);
        return config;
    }

    static BinaryCrossentropy fromConfig(Config config) {
        return of().fromCrossentropyConfig(config).build();
    }
}
