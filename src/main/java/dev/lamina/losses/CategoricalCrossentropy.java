package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code -sum(t log p)} over the axis of the classes, for targets t given as one-hot rows (or as probabilities).
 * Predictions are probabilities, scaled to sum 1 and clipped to {@code [1e-7, 1 - 1e-7]}, or logits.
 */
public final class CategoricalCrossentropy extends Loss {
    private final boolean fromLogits;
    private final double labelSmoothing;
    private final int axis;

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
        Crossentropies.smoothing(name(), builder.labelSmoothing);
        fromLogits = builder.fromLogits;
        labelSmoothing = builder.labelSmoothing;
        axis = builder.axis;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a CategoricalCrossentropy. */
    public static final class Builder extends LossBuilder<Builder, CategoricalCrossentropy> {
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

        /** Moves targets towards the uniform distribution: {@code t (1 - s) + s / classes}; 0 by default. */
        public Builder labelSmoothing(double labelSmoothing) {
            this.labelSmoothing = labelSmoothing;
            return this;
        }

        /** The axis of the classes, the last by default. */
        public Builder axis(int axis) {
            this.axis = axis;
            return this;
        }

        @Override
        public CategoricalCrossentropy build() {
            return new CategoricalCrossentropy(this);
        }
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor p = LastAxis.moved(prediction, axis);
        Tensor t = Crossentropies.smoothRows(LastAxis.moved(target, axis), labelSmoothing);
        return fromLogits
                ? NN.crossEntropy(p, t)
                : Ops.negate(Ops.sum(Ops.multiply(t, Crossentropies.logOfRows(p)), -1));
    }

    @Override
    public Map<String, Object> config() {
        return configWith("from_logits", fromLogits, "label_smoothing", labelSmoothing, "axis", axis);
    }

    static CategoricalCrossentropy fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.fromLogits = config.flag("from_logits", builder.fromLogits);
        builder.labelSmoothing = config.number("label_smoothing", builder.labelSmoothing);
        builder.axis = config.integer("axis", builder.axis);
        return builder.build();
    }
}
