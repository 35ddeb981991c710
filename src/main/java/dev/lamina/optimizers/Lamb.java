package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * Lamb (You et al., 2020): Adam's step {@code u} scaled to each weight's length, {@code w -= rate * u * |w| / |u|}; a
 * factor of 1 where either norm is 0. For large batches.
 */
public final class Lamb extends Optimizer {
    private final double beta1;
    private final double beta2;
    private final double epsilon;

    /** Learning rate 0.001. */
    public Lamb() {
        this(of());
    }

    public Lamb(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Lamb(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Lamb(Builder builder) {
        super(builder.options());
        beta1 = Arguments.decayRate(name(), "beta1", builder.beta1);
        beta2 = Arguments.decayRate(name(), "beta2", builder.beta2);
        epsilon = builder.epsilon;
    }

    /** Learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Lamb. */
    public static final class Builder extends OptimizerBuilder<Builder, Lamb> {
        private double beta1 = 0.9;
        private double beta2 = 0.999;
        private double epsilon = 1e-7;

        private Builder() {
            super(OptimizerOptions.of("lamb", 0.001));
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

        /** How much of the squared gradient's running mean stays at a step; from 0 to below 1. */
        public Builder beta2(double newBeta2) {
            beta2 = newBeta2;
            return this;
        }

        public Builder epsilon(double newEpsilon) {
            epsilon = newEpsilon;
            return this;
        }

        @Override
        public Lamb build() {
            return new Lamb(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        addSlots(weights, Moments.FIRST, Moments.SECOND);
    }

    @Override
    protected Update prepare(Tensor rate) {
        Tensor first = Ops.subtract(1, power(beta1, step()));
        Tensor second = Ops.subtract(1, power(beta2, step()));
        return (weight, gradient) -> {
            Tensor m = Moments.update(slot(weight, Moments.FIRST), gradient, beta1);
            Tensor v = Moments.update(slot(weight, Moments.SECOND), Ops.square(gradient), beta2);
            Tensor spread = Ops.sqrt(Ops.divide(v, Ops.cast(second, weight.dtype())));
            Tensor update = Ops.divide(Ops.divide(m, Ops.cast(first, weight.dtype())), Ops.add(spread, epsilon));
            Tensor factor = Ops.multiply(ratio(norm(weight), norm(update)), Ops.cast(rate, weight.dtype()));
            weight.assign(Ops.subtract(weight, Ops.multiply(update, factor)));
        };
    }

    private static Tensor norm(Tensor x) {
        return Ops.sqrt(Ops.sum(Ops.square(x)));
    }

    private static Tensor ratio(Tensor a, Tensor b) {
        Tensor zero = Ops.constant(0, a.dtype());
        Tensor both = Ops.logicalAnd(Ops.greater(a, zero), Ops.greater(b, zero));
        return Ops.where(both, Ops.divide(a, b), Ops.constant(1, a.dtype()));
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "beta_1", beta1, "beta_2", beta2, "epsilon", epsilon);
    }

    static Lamb fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .beta1(config.number("beta_1", 0.9))
                .beta2(config.number("beta_2", 0.999))
                .epsilon(config.number("epsilon", 1e-7))
                .build();
    }
}
