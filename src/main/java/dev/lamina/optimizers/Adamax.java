package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * Adamax (Kingma and Ba, 2014), Adam with the largest gradient in place of the mean square: {@code m += (g - m)(1 -
 * beta1)}, {@code u = max(beta2 * u, |g|)}, {@code w -= rate * m / ((1 - beta1^t) (u + epsilon))}.
 */
public final class Adamax extends Optimizer {
    private static final String LARGEST = "norm";

    private final double beta1;
    private final double beta2;
    private final double epsilon;

    /** Learning rate 0.001. */
    public Adamax() {
        this(of());
    }

    public Adamax(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Adamax(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Adamax(Builder builder) {
        super(builder.options());
        beta1 = Arguments.decayRate(name(), "beta1", builder.beta1);
        beta2 = Arguments.decayRate(name(), "beta2", builder.beta2);
        epsilon = builder.epsilon;
    }

    /** Learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Adamax. */
    public static final class Builder extends OptimizerBuilder<Builder, Adamax> {
        private double beta1 = 0.9;
        private double beta2 = 0.999;
        private double epsilon = 1e-7;

        private Builder() {
            super(OptimizerOptions.of("adamax", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** How much of the gradient's running mean stays at a step; from 0 to below 1. */
        public Builder beta1(double newBeta1) {
            beta1 = newBeta1;
            return this;
        }

        /** How much of the largest gradient stays at a step; from 0 to below 1. */
        public Builder beta2(double newBeta2) {
            beta2 = newBeta2;
            return this;
        }

        public Builder epsilon(double newEpsilon) {
            epsilon = newEpsilon;
            return this;
        }

        @Override
        public Adamax build() {
            return new Adamax(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        addSlots(weights, Moments.FIRST, LARGEST);
    }

    @Override
    protected Update prepare(Tensor rate) {
        Tensor correction = Ops.subtract(1, power(beta1, step()));
        return (weight, gradient) -> {
            Tensor m = Moments.update(slot(weight, Moments.FIRST), gradient, beta1);
            Variable largest = slot(weight, LARGEST);
            Tensor u = Ops.maximum(Ops.multiply(largest, beta2), Ops.abs(gradient));
            largest.assign(u);
            Tensor step = Ops.multiply(m, Ops.cast(rate, weight.dtype()));
            Tensor scale = Ops.multiply(Ops.add(u, epsilon), Ops.cast(correction, weight.dtype()));
            weight.assign(Ops.subtract(weight, Ops.divide(step, scale)));
        };
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "beta_1", beta1, "beta_2", beta2, "epsilon", epsilon);
    }

    static Adamax fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .beta1(config.number("beta_1", 0.9))
                .beta2(config.number("beta_2", 0.999))
                .epsilon(config.number("epsilon", 1e-7))
                .build();
    }
}
