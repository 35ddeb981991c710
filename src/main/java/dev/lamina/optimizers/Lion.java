package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * Lion (Chen et al., 2023): {@code w -= rate * sign(beta1 * m + (1 - beta1) * g)}, then {@code m = beta2 * m + (1 -
 * beta2) * g}. It wants a rate three to ten times smaller than Adam's.
 */
public final class Lion extends Optimizer {
    private final double beta1;
    private final double beta2;

    /** Learning rate 0.001. */
    public Lion() {
        this(of());
    }

    public Lion(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Lion(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Lion(Builder builder) {
        super(builder.options());
        beta1 = Arguments.require(
                name(), "beta1 above 0, at most 1", builder.beta1 > 0 && builder.beta1 <= 1, builder.beta1);
        beta2 = Arguments.share(name(), "beta2", builder.beta2);
    }

    /** Learning rate 0.001, beta1 0.9, beta2 0.99, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Lion. */
    public static final class Builder extends OptimizerBuilder<Builder, Lion> {
        private double beta1 = 0.9;
        private double beta2 = 0.99;

        private Builder() {
            super(OptimizerOptions.of("lion", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** How much the momentum counts in a step; above 0, at most 1. */
        public Builder beta1(double newBeta1) {
            beta1 = newBeta1;
            return this;
        }

        /** How much of the momentum stays at a step; from 0 to 1. */
        public Builder beta2(double newBeta2) {
            beta2 = newBeta2;
            return this;
        }

        @Override
        public Lion build() {
            return new Lion(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        addSlots(weights, Moments.FIRST);
    }

    @Override
    protected Update prepare(Tensor rate) {
        return (weight, gradient) -> {
            Variable m = slot(weight, Moments.FIRST);
            Tensor direction = Ops.sign(mix(m, gradient, beta1));
            weight.assign(Ops.subtract(weight, Ops.multiply(direction, Ops.cast(rate, weight.dtype()))));
            m.assign(mix(m, gradient, beta2));
        };
    }

    private static Tensor mix(Tensor m, Tensor gradient, double beta) {
        return Ops.add(Ops.multiply(m, beta), Ops.multiply(gradient, 1 - beta));
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "beta_1", beta1, "beta_2", beta2);
    }

    static Lion fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .beta1(config.number("beta_1", 0.9))
                .beta2(config.number("beta_2", 0.99))
                .build();
    }
}
