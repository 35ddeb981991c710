package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.schedules.LearningRateSchedule;

/**
 * {@link Adam} with decoupled weight decay (Loshchilov and Hutter, 2019): before the update {@code w -= w * decay *
 * rate}.
 */
public final class AdamW extends AdamRule {
    /** Learning rate 0.001, weight decay 0.004. */
    public AdamW() {
        this(of());
    }

    public AdamW(double learningRate, double weightDecay) {
        this(of().learningRate(learningRate).weightDecay(weightDecay));
    }

    /** A rate that follows the number of steps. */
    public AdamW(LearningRateSchedule learningRate, double weightDecay) {
        this(of().learningRate(learningRate).weightDecay(weightDecay));
    }

    private AdamW(Builder builder) {
        super(builder);
    }

    /** Learning rate 0.001, weight decay 0.004, and Adam's defaults, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of AdamW. */
    public static final class Builder extends AdamRule.Builder<Builder, AdamW> {
        private Builder() {
            super(OptimizerOptions.of("adam_w", 0.001).weightDecay(0.004));
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        public AdamW build() {
            return new AdamW(this);
        }
    }

    static AdamW fromConfig(Config config) {
        return of().fromConfig(config).build();
    }
}
