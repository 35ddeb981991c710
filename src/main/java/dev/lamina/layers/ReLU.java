package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** {@code x > threshold ? min(x, maxValue) : negativeSlope * (x - threshold)}; by default {@code max(x, 0)}. */
public final class ReLU extends Layer {
    private final OptionalDouble maxValue;
    private final double negativeSlope;
    private final double threshold;

    public ReLU() {
        this(of());
    }

    /** @param maxValue the largest output */
    public ReLU(double maxValue) {
        this(of().maxValue(maxValue));
    }

    private ReLU(Builder builder) {
        super(builder.options());
        if (builder.maxValue.orElse(0) < 0 || !(builder.negativeSlope >= 0) || !(builder.threshold >= 0)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected maxValue, negativeSlope and threshold of 0 or more; received "
                            + builder.maxValue + ", " + builder.negativeSlope + " and " + builder.threshold + ".");
        }
        maxValue = builder.maxValue;
        negativeSlope = builder.negativeSlope;
        threshold = builder.threshold;
    }

    /** Keras's defaults, with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a ReLU layer. */
    public static final class Builder extends LayerBuilder<Builder, ReLU> {
        private OptionalDouble maxValue = OptionalDouble.empty();
        private double negativeSlope;
        private double threshold;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        public Builder maxValue(double newMaxValue) {
            maxValue = OptionalDouble.of(newMaxValue);
            return this;
        }

        public Builder negativeSlope(double newNegativeSlope) {
            negativeSlope = newNegativeSlope;
            return this;
        }

        public Builder threshold(double newThreshold) {
            threshold = newThreshold;
            return this;
        }

        @Override
        public ReLU build() {
            return new ReLU(this);
        }
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    boolean castsIntegers() {
        return negativeSlope != 0 || maxValue.isPresent() || threshold != Math.rint(threshold);
    }

    @Override
    protected Tensor call(Tensor x) {
        Tensor y = negativeSlope == 0 && threshold == 0 ? NN.relu(x) : NN.leakyRelu(x, negativeSlope, threshold);
        return maxValue.isPresent() ? Ops.minimum(y, maxValue.getAsDouble()) : y;
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "max_value", maxValue.isPresent() ? Optional.of(maxValue.getAsDouble()) : Optional.empty(),
                "negative_slope", negativeSlope,
                "threshold", threshold));
        return config;
    }

    static ReLU fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            Builder builder = of().fromBaseConfig(config)
                    .negativeSlope(config.number("negative_slope", 0))
                    .threshold(config.number("threshold", 0));
            config.optional("max_value", config::number).ifPresent(builder::maxValue);
            return builder.build();
        });
    }
}
