package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * The binary cross-entropy, less of it for what is predicted well: {@code (1 - q)^gamma * crossentropy}, q being the
 * probability of the target, {@code t p + (1 - t)(1 - p)} (Lin et al., 2017); averaged over an axis.
 */
public final class BinaryFocalCrossentropy extends Loss {
    private final CrossentropyOptions options;
    private final boolean applyClassBalancing;
    private final double alpha;
    private final double gamma;

    /** The default options. */
    public BinaryFocalCrossentropy() {
        this(of());
    }

    private BinaryFocalCrossentropy(Builder builder) {
        super(builder.options("binary_focal_crossentropy"));
        options = builder.crossentropy().checkedFor(name());
        applyClassBalancing = builder.applyClassBalancing;
        alpha = builder.alpha;
        gamma = builder.gamma;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a BinaryFocalCrossentropy. */
    public static final class Builder extends CrossentropyBuilder<Builder, BinaryFocalCrossentropy> {
        private boolean applyClassBalancing = false;
        private double alpha = 0.25;
        private double gamma = 2;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** Whether class 1 is weighted by alpha, and class 0 by {@code 1 - alpha}; false by default. */
        public Builder applyClassBalancing(boolean applyClassBalancing) {
            this.applyClassBalancing = applyClassBalancing;
            return this;
        }

        /** The weight of class 1, if weights are applied; 0.25 by default. */
        public Builder alpha(double alpha) {
            this.alpha = alpha;
            return this;
        }

        /** How strongly the well predicted ones are suppressed; 2 by default. */
        public Builder gamma(double gamma) {
            this.gamma = gamma;
            return this;
        }

        @Override
        public BinaryFocalCrossentropy build() {
            return new BinaryFocalCrossentropy(this);
        }
    }

    @Override
    Optional<String> adviceForLabels() {
        return Optional.of(Crossentropies.TRUTH_LABELS);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor t = Crossentropies.smoothBinary(target, options.labelSmoothing());
        Tensor p = options.fromLogits() ? NN.sigmoid(prediction) : prediction;
        Tensor loss = Crossentropies.binary(t, p, false);
        Tensor notT = Ops.subtract(1, t);
        Tensor match = Ops.add(Ops.multiply(t, p), Ops.multiply(notT, Ops.subtract(1, p)));
        loss = Ops.multiply(Ops.power(Ops.subtract(1, match), gamma), loss);
        if (applyClassBalancing) {
            loss = Ops.multiply(Ops.add(Ops.multiply(t, alpha), Ops.multiply(notT, 1 - alpha)), loss);
        }
        return loss.shape().rank() == 0 ? loss : Ops.mean(loss, options.axis());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = configWith();
        options.writeTo(config);
        config.put("apply_class_balancing", applyClassBalancing);
        config.put("alpha", alpha);
        config.put("gamma", gamma);
        return config;
    }

    static BinaryFocalCrossentropy fromConfig(Config config) {
        Builder builder = of().fromCrossentropyConfig(config);
        builder.applyClassBalancing = config.flag("apply_class_balancing", builder.applyClassBalancing);
        builder.alpha = config.number("alpha", builder.alpha);
        builder.gamma = config.number("gamma", builder.gamma);
        return builder.build();
    }
}
