package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * {@code -sum(t log p)} over the axis of the classes, for targets t given as one-hot rows (or as probabilities).
 * Predictions are probabilities, scaled to sum 1 and clipped to {@code [1e-7, 1 - 1e-7]}, or logits.
 */
public final class CategoricalCrossentropy extends Loss {
    private final CrossentropyOptions options;

    /** The default options. */
    public CategoricalCrossentropy() {
        this(of());
    }

    /** @param labelSmoothing moves targets towards the uniform distribution: {@code t (1 - s) + s / classes} */
    public CategoricalCrossentropy(boolean fromLogits, double labelSmoothing) {
        this(of().fromLogits(fromLogits).labelSmoothing(labelSmoothing));
    }

    private CategoricalCrossentropy(Builder builder) {
        super(builder.options("categorical_crossentropy"));
        options = builder.crossentropy().checkedFor(name());
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a CategoricalCrossentropy. */
    public static final class Builder extends CrossentropyBuilder<Builder, CategoricalCrossentropy> {
        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        public CategoricalCrossentropy build() {
            return new CategoricalCrossentropy(this);
        }
    }

    @Override
    Optional<String> adviceForLabels() {
        return Optional.of(Crossentropies.WHOLE_LABELS);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor p = LastAxis.moved(prediction, options.axis());
        Tensor t = Crossentropies.smoothRows(LastAxis.moved(target, options.axis()), options.labelSmoothing());
        return options.fromLogits()
                ? NN.crossEntropy(p, t)
                : Ops.negate(Ops.sum(Ops.multiply(t, Crossentropies.logOfRows(p)), -1));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = configWith();
        options.writeTo(config);
        return config;
    }

    static CategoricalCrossentropy fromConfig(Config config) {
        return of().fromCrossentropyConfig(config).build();
    }
}
