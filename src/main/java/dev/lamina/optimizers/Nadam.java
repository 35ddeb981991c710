package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Nadam (Dozat, 2016), Adam with Nesterov's momentum, as Keras computes it: with {@code u_t = beta1 * (1 - 0.96^t / 2)}
 * and {@code U_t} the product of them up to {@code t}, {@code w -= rate * m' / (sqrt(v / (1 - beta2^t)) + epsilon)}
 * where {@code m' = u_(t+1) * m / (1 - U_(t+1)) + (1 - u_t) * g / (1 - U_t)}; {@code m} and {@code v} are Adam's.
 */
public final class Nadam extends Optimizer {
    private static final double DECAY = 0.96;

    private @Nullable Variable product;
    private final double beta1;
    private final double beta2;
    private final double epsilon;

    /** Learning rate 0.001. */
    public Nadam() {
        this(of());
    }

    public Nadam(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Nadam(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Nadam(Builder builder) {
        super(builder.options());
        beta1 = Arguments.decayRate(name(), "beta1", builder.beta1);
        beta2 = Arguments.decayRate(name(), "beta2", builder.beta2);
        epsilon = builder.epsilon;
    }

    /** Learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Nadam. */
    public static final class Builder extends OptimizerBuilder<Builder, Nadam> {
        private double beta1 = 0.9;
        private double beta2 = 0.999;
        private double epsilon = 1e-7;

        private Builder() {
            super(OptimizerOptions.of("nadam", 0.001));
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
        public Nadam build() {
            return new Nadam(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        addSlots(weights, Moments.FIRST, Moments.SECOND);
        if (product == null) {
            // The one variable that Keras does not name.
            product = addVariable("variable", HostArray.of(new float[] {1}).reshape());
        }
    }

    @Override
    protected Update prepare(Tensor rate) {
        Tensor u = warmed(step());
        Tensor uNext = warmed(Ops.add(step(), 1));
        Variable memory = Objects.requireNonNull(product);
        Tensor now = Ops.multiply(memory, u);
        memory.assign(now);
        Tensor ofMean = Ops.divide(uNext, Ops.subtract(1, Ops.multiply(now, uNext)));
        Tensor ofGradient = Ops.divide(Ops.subtract(1, u), Ops.subtract(1, now));
        Tensor second = Ops.subtract(1, power(beta2, step()));
        return (weight, gradient) -> {
            DType type = weight.dtype();
            Tensor m = Moments.update(slot(weight, Moments.FIRST), gradient, beta1);
            Tensor v = Moments.update(slot(weight, Moments.SECOND), Ops.square(gradient), beta2);
            Tensor mean = Ops.add(
                    Ops.multiply(m, Ops.cast(ofMean, type)), Ops.multiply(gradient, Ops.cast(ofGradient, type)));
            Moments.descend(weight, mean, Ops.divide(v, Ops.cast(second, type)), rate, epsilon);
        };
    }

    /** {@code u_t}: the momentum grows during the first steps. */
    private Tensor warmed(Tensor step) {
        return Ops.multiply(Ops.subtract(1, Ops.multiply(power(DECAY, step), 0.5)), beta1);
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "beta_1", beta1, "beta_2", beta2, "epsilon", epsilon);
    }

    static Nadam fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .beta1(config.number("beta_1", 0.9))
                .beta2(config.number("beta_2", 0.999))
                .epsilon(config.number("epsilon", 1e-7))
                .build();
    }
}
