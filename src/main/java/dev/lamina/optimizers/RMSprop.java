package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * RMSprop (Hinton, 2012), as Keras computes it: {@code v = rho * v + (1 - rho) * g^2}, {@code w -= rate * g / sqrt(v +
 * epsilon)}. Centered, the square of the gradient's running mean is subtracted from {@code v} under the root. With
 * momentum the step is {@code b = momentum * b + rate * g / sqrt(...)}, {@code w -= b}.
 */
public final class RMSprop extends Optimizer {
    private static final String VELOCITY = "velocity";
    private static final String MOMENTUM = "momentum";
    private static final String AVERAGE = "average_gradient";

    private final double rho;
    private final double momentum;
    private final double epsilon;
    private final boolean centered;

    /** Learning rate 0.001. */
    public RMSprop() {
        this(of());
    }

    public RMSprop(double learningRate) {
        this(of().learningRate(learningRate));
    }

    private RMSprop(Builder builder) {
        super(builder.options());
        rho = Arguments.share(name(), "rho", builder.rho);
        momentum = Arguments.share(name(), "momentum", builder.momentum);
        epsilon = builder.epsilon;
        centered = builder.centered;
    }

    /** Learning rate 0.001, rho 0.9, no momentum, epsilon 1e-7, not centered, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of RMSprop. */
    public static final class Builder extends OptimizerBuilder<Builder, RMSprop> {
        private double rho = 0.9;
        private double momentum;
        private double epsilon = 1e-7;
        private boolean centered;

        private Builder() {
            super(OptimizerOptions.of("rm_sprop", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** How much of the running mean of squares stays at a step; from 0 to 1. */
        public Builder rho(double newRho) {
            rho = newRho;
            return this;
        }

        /** From 0 to 1. */
        public Builder momentum(double newMomentum) {
            momentum = newMomentum;
            return this;
        }

        public Builder epsilon(double newEpsilon) {
            epsilon = newEpsilon;
            return this;
        }

        public Builder centered(boolean center) {
            centered = center;
            return this;
        }

        @Override
        public RMSprop build() {
            return new RMSprop(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        addSlots(weights, VELOCITY);
        if (momentum > 0) {
            addSlots(weights, MOMENTUM);
        }
        if (centered) {
            addSlots(weights, AVERAGE);
        }
    }

    @Override
    protected Update prepare(Tensor rate) {
        return (weight, gradient) -> {
            Tensor squares = assign(slot(weight, VELOCITY), Ops.square(gradient));
            if (centered) {
                squares = Ops.subtract(squares, Ops.square(assign(slot(weight, AVERAGE), gradient)));
            }
            Tensor spread = Ops.sqrt(Ops.add(squares, epsilon));
            Tensor step = Ops.divide(Ops.multiply(gradient, Ops.cast(rate, weight.dtype())), spread);
            if (momentum > 0) {
                Variable moved = slot(weight, MOMENTUM);
                step = Ops.add(Ops.multiply(moved, momentum), step);
                moved.assign(step);
            }
            weight.assign(Ops.subtract(weight, step));
        };
    }

    private Tensor assign(Variable mean, Tensor value) {
        Tensor next = Ops.add(Ops.multiply(mean, rho), Ops.multiply(value, 1 - rho));
        mean.assign(next);
        return next;
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "rho", rho, "momentum", momentum, "epsilon", epsilon, "centered", centered);
    }

    static RMSprop fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .rho(config.number("rho", 0.9))
                .momentum(config.number("momentum", 0))
                .epsilon(config.number("epsilon", 1e-7))
                .centered(config.flag("centered", false))
                .build();
    }
}
