package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code x^2 / 2} where {@code |x| <= delta}, {@code delta |x| - delta^2 / 2} elsewhere, for {@code x = prediction -
 * target}; averaged over the last axis (Huber, 1964).
 */
public final class Huber extends Loss {
    private final double delta;

    /** The default options. */
    public Huber() {
        this(of());
    }

    private Huber(Builder builder) {
        super(builder.options("huber_loss"));
        delta = builder.delta;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a Huber. */
    public static final class Builder extends LossBuilder<Builder, Huber> {
        private double delta = 1;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** Where the square turns into a line; 1 by default. */
        public Builder delta(double delta) {
            this.delta = delta;
            return this;
        }

        @Override
        public Huber build() {
            return new Huber(this);
        }
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor error = Ops.subtract(prediction, target);
        Tensor size = Ops.abs(error);
        Tensor square = Ops.multiply(Ops.square(error), 0.5);
        Tensor line = Ops.subtract(Ops.multiply(size, delta), 0.5 * delta * delta);
        return LastAxis.mean(Ops.where(Ops.lessEqual(size, delta), square, line));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        if (delta != 1) {
            // Keras forgets it, but reads it.
            config.put("delta", delta);
        }
        return config;
    }

    static Huber fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.delta = config.number("delta", builder.delta);
        return builder.build();
    }
}
