package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.schedules.LearningRateSchedule;

/**
 * Adam (Kingma and Ba, 2014), as Keras computes it: {@code m += (g - m)(1 - beta1)}, {@code v += (g^2 - v)(1 - beta2)},
 * {@code w -= m * rate * sqrt(1 - beta2^t) / (1 - beta1^t) / (sqrt(v) + epsilon)}.
 */
public final class Adam extends AdamRule {
    /** Learning rate 0.001. */
    public Adam() {
        this(of());
    }

    public Adam(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Adam(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Adam(Builder builder) {
        super(builder);
    }

    /** Learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Adam. */
    public static final class Builder extends AdamRule.Builder<Builder, Adam> {
        private Builder() {
            super(OptimizerOptions.of("adam", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        public Adam build() {
            return new Adam(this);
        }
    }

    static Adam fromConfig(Config config) {
        return of().fromConfig(config).build();
    }
}
