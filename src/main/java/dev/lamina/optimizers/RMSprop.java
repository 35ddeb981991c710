package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * RMSprop (Hinton, 2012), as Keras computes it: {@code v = rho * v + (1 - rho) * g^2}, {@code w -= rate * g / sqrt(v +
 * epsilon)}. Centered, the square of the gradient's running mean is subtracted from {@code v} under the root. With
 * momentum the step is {@code b = momentum * b + rate * g / sqrt(...)}, {@code w -= b}.
 */
public final class RMSprop extends OneOpOptimizer {
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

    /** A rate that follows the number of steps. */
    public RMSprop(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private RMSprop(Builder builder) {
        super(builder.options(), slots(builder));
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

    private static List<String> slots(Builder builder) {
        List<String> slots = new ArrayList<>(List.of(VELOCITY));
        if (builder.momentum > 0) {
            slots.add(MOMENTUM);
        }
        if (builder.centered) {
            slots.add(AVERAGE);
        }
        return slots;
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
    OptimizerOp.Rule op(List<Double> decays) {
        return new OptimizerOp.RmsProp(rho, momentum, epsilon, centered, decays);
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
