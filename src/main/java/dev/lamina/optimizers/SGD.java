package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * Gradient descent: {@code w -= rate * g}; with momentum {@code v = momentum * v - rate * g, w += v}; with Nesterov's
 * {@code w += momentum * v - rate * g} (Sutskever et al., 2013).
 */
public final class SGD extends OneOpOptimizer {
    private static final String VELOCITY = "momentum";

    private final double momentum;
    private final boolean nesterov;

    /** Learning rate 0.01. */
    public SGD() {
        this(of());
    }

    public SGD(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public SGD(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    public SGD(double learningRate, double momentum, boolean nesterov) {
        this(of().learningRate(learningRate).momentum(momentum).nesterov(nesterov));
    }

    private SGD(Builder builder) {
        super(builder.options(), builder.momentum == 0 ? List.of() : List.of(VELOCITY));
        momentum = Arguments.share(name(), "momentum", builder.momentum);
        nesterov = builder.nesterov;
    }

    /** Learning rate 0.01 and no momentum, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of SGD. */
    public static final class Builder extends OptimizerBuilder<Builder, SGD> {
        private double momentum;
        private boolean nesterov;

        private Builder() {
            super(OptimizerOptions.of("sgd", 0.01));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** From 0 to 1; 0 by default. */
        public Builder momentum(double newMomentum) {
            momentum = newMomentum;
            return this;
        }

        public Builder nesterov(boolean use) {
            nesterov = use;
            return this;
        }

        @Override
        public SGD build() {
            return new SGD(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        if (momentum != 0) {
            addSlots(weights, VELOCITY);
        }
    }

    @Override
    OptimizerOp.Rule op(List<Double> decays) {
        return new OptimizerOp.Sgd(momentum, nesterov, decays);
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "momentum", momentum, "nesterov", nesterov);
    }

    static SGD fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .momentum(config.number("momentum", 0))
                .nesterov(config.flag("nesterov", false))
                .build();
    }
}
