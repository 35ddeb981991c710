package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code -(t log p + (1 - t) log(1 - p))}, averaged over an axis, for targets t of 0 or 1 (or between). Probabilities
 * are clipped to {@code [1e-7, 1 - 1e-7]}; logits x are computed with as {@code max(x, 0) - x t + log(1 + exp(-|x|))}.
 */
public final class BinaryCrossentropy extends Loss {
    private final boolean fromLogits;
    private final double labelSmoothing;
    private final int axis;

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
        Crossentropies.smoothing(name(), builder.labelSmoothing);
        fromLogits = builder.fromLogits;
        labelSmoothing = builder.labelSmoothing;
        axis = builder.axis;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a BinaryCrossentropy. */
    public static final class Builder extends LossBuilder<Builder, BinaryCrossentropy> {
        private boolean fromLogits = false;
        private double labelSmoothing = 0;
        private int axis = -1;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** Whether predictions are logits rather than probabilities. */
        public Builder fromLogits(boolean fromLogits) {
            this.fromLogits = fromLogits;
            return this;
        }

        /** Moves targets towards one half: {@code t (1 - s) + s / 2}; 0 by default. */
        public Builder labelSmoothing(double labelSmoothing) {
            this.labelSmoothing = labelSmoothing;
            return this;
        }

        /** The axis that is averaged over, the last by default. */
        public Builder axis(int axis) {
            this.axis = axis;
            return this;
        }

        @Override
        public BinaryCrossentropy build() {
            return new BinaryCrossentropy(this);
        }
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor t = Crossentropies.smoothBinary(target, labelSmoothing);
        Tensor loss = Crossentropies.binary(t, prediction, fromLogits);
        return loss.shape().rank() == 0 ? loss : Ops.mean(loss, axis);
    }

    @Override
    public Map<String, Object> config() {
        return configWith("from_logits", fromLogits, "label_smoothing", labelSmoothing, "axis", axis);
    }

    static BinaryCrossentropy fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.fromLogits = config.flag("from_logits", builder.fromLogits);
        builder.labelSmoothing = config.number("label_smoothing", builder.labelSmoothing);
        builder.axis = config.integer("axis", builder.axis);
        return builder.build();
    }
}
