package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * Adadelta (Zeiler, 2012), as Keras computes it: {@code a = rho * a + (1 - rho) * g^2}, {@code step = sqrt(d + epsilon)
 * / sqrt(a + epsilon) * g}, {@code d = rho * d + (1 - rho) * step^2}, {@code w -= rate * step}. The paper's rate is 1.
 */
public final class Adadelta extends Optimizer {
    private static final String GRADIENTS = "accumulated_grad";
    private static final String STEPS = "accumulated_delta_var";

    private final double rho;
    private final double epsilon;

    /** Learning rate 0.001. */
    public Adadelta() {
        this(of());
    }

    public Adadelta(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Adadelta(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Adadelta(Builder builder) {
        super(builder.options());
        rho = Arguments.share(name(), "rho", builder.rho);
        epsilon = builder.epsilon;
    }

    /** Learning rate 0.001, rho 0.95, epsilon 1e-7, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Adadelta. */
    public static final class Builder extends OptimizerBuilder<Builder, Adadelta> {
        private double rho = 0.95;
        private double epsilon = 1e-7;

        private Builder() {
            super(OptimizerOptions.of("adadelta", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** How much of the running means of squares stays at a step; from 0 to 1. */
        public Builder rho(double newRho) {
            rho = newRho;
            return this;
        }

        public Builder epsilon(double newEpsilon) {
            epsilon = newEpsilon;
            return this;
        }

        @Override
        public Adadelta build() {
            return new Adadelta(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        addSlots(weights, GRADIENTS, STEPS);
    }

    @Override
    protected Update prepare(Tensor rate) {
        return (weight, gradient) -> {
            Variable steps = slot(weight, STEPS);
            Tensor squares = mean(slot(weight, GRADIENTS), Ops.square(gradient));
            Tensor step = Ops.divide(Ops.multiply(root(steps), gradient), root(squares));
            steps.assign(next(steps, Ops.square(step)));
            weight.assign(Ops.subtract(weight, Ops.multiply(step, Ops.cast(rate, weight.dtype()))));
        };
    }

    private Tensor mean(Variable mean, Tensor value) {
        Tensor next = next(mean, value);
        mean.assign(next);
        return next;
    }

    private Tensor next(Tensor mean, Tensor value) {
        return Ops.add(Ops.multiply(mean, rho), Ops.multiply(value, 1 - rho));
    }

    private Tensor root(Tensor squares) {
        return Ops.sqrt(Ops.add(squares, epsilon));
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "rho", rho, "epsilon", epsilon);
    }

    static Adadelta fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .rho(config.number("rho", 0.95))
                .epsilon(config.number("epsilon", 1e-7))
                .build();
    }
}
