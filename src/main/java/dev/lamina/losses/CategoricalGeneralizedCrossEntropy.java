package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.Map;
import java.util.OptionalInt;

/**
 * {@code (1 - p[label]^q) / q} for integer labels {@code (batch, ...)} and probabilities {@code (batch, ..., classes)}:
 * between the cross-entropy (q towards 0) and the mean absolute error (q towards 1), and so less misled by wrong labels
 * (Zhang and Sabuncu, 2018).
 */
public final class CategoricalGeneralizedCrossEntropy extends Loss {
    private final double q;

    /** The default options. */
    public CategoricalGeneralizedCrossEntropy() {
        this(of());
    }

    private CategoricalGeneralizedCrossEntropy(Builder builder) {
        super(builder.options("categorical_generalized_cross_entropy"));
        if (!(builder.q > 0 && builder.q < 1)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected q between 0 and 1; received " + builder.q + ".");
        }
        q = builder.q;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a CategoricalGeneralizedCrossEntropy. */
    public static final class Builder extends LossBuilder<Builder, CategoricalGeneralizedCrossEntropy> {
        private double q = 0.5;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** Between 0 and 1, both excluded; 0.5 by default. */
        public Builder q(double q) {
            this.q = q;
            return this;
        }

        @Override
        public CategoricalGeneralizedCrossEntropy build() {
            return new CategoricalGeneralizedCrossEntropy(this);
        }
    }

    @Override
    protected Aligned align(Tensor target, Tensor prediction) {
        return new Aligned(Labels.fit(name(), target, prediction.shape(), -1), prediction);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor hot = Ops.oneHot(target, prediction.shape().size(-1), prediction.dtype());
        Tensor p = Ops.sum(Ops.multiply(prediction, hot), -1);
        return Ops.divide(Ops.subtract(1, Ops.power(p, q)), q);
    }

    @Override
    public void checkTargets(HostArray targets, TensorSpec prediction) {
        Labels.check(name(), targets, prediction.shape().size(-1), OptionalInt.empty());
    }

    @Override
    public Map<String, Object> config() {
        return configWith("q", q);
    }

    static CategoricalGeneralizedCrossEntropy fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.q = config.number("q", builder.q);
        return builder.build();
    }
}
