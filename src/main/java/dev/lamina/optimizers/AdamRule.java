package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/** What {@link Adam} and {@link AdamW} compute; they differ in their defaults. */
public abstract class AdamRule extends OneOpOptimizer {
    private static final String LARGEST = "velocity_hat";

    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final boolean amsgrad;

    AdamRule(Builder<?, ?> builder) {
        super(
                builder.options(),
                builder.amsgrad
                        ? List.of(Moments.FIRST, Moments.SECOND, LARGEST)
                        : List.of(Moments.FIRST, Moments.SECOND));
        beta1 = Arguments.decayRate(name(), "beta1", builder.beta1);
        beta2 = Arguments.decayRate(name(), "beta2", builder.beta2);
        epsilon = builder.epsilon;
        amsgrad = builder.amsgrad;
    }

    /**
     * The options of Adam and AdamW.
     *
     * @param <B> the builder itself
     * @param <O> the optimizer it makes
     */
    public abstract static class Builder<B extends Builder<B, O>, O extends AdamRule> extends OptimizerBuilder<B, O> {
        private double beta1 = 0.9;
        private double beta2 = 0.999;
        private double epsilon = 1e-7;
        private boolean amsgrad;

        Builder(OptimizerOptions defaults) {
            super(defaults);
        }

        /** How much of the gradient's running mean stays at a step; from 0 to below 1, by default 0.9. */
        public final B beta1(double beta) {
            beta1 = beta;
            return self();
        }

        /** How much of the squared gradient's running mean stays at a step; from 0 to below 1, by default 0.999. */
        public final B beta2(double beta) {
            beta2 = beta;
            return self();
        }

        public final B epsilon(double newEpsilon) {
            epsilon = newEpsilon;
            return self();
        }

        /** Whether the step is divided by the largest mean of squares so far (Reddi et al., 2018). */
        public final B amsgrad(boolean use) {
            amsgrad = use;
            return self();
        }

        final B fromConfig(Config config) {
            fromBaseConfig(config);
            beta1 = config.number("beta_1", 0.9);
            beta2 = config.number("beta_2", 0.999);
            epsilon = config.number("epsilon", 1e-7);
            amsgrad = config.flag("amsgrad", false);
            return self();
        }
    }

    @Override
    protected final void createSlots(List<Variable> weights) {
        addSlots(weights, Moments.FIRST, Moments.SECOND);
        if (amsgrad) {
            addSlots(weights, LARGEST);
        }
    }

    @Override
    final OptimizerOp.Rule op(List<Double> decays) {
        return new OptimizerOp.Adam(beta1, beta2, epsilon, amsgrad, decays);
    }

    @Override
    final List<Tensor> shared(Tensor rate) {
        return List.of(rate, update());
    }

    @Override
    public final Map<String, Object> config() {
        return with(super.config(), "beta_1", beta1, "beta_2", beta2, "epsilon", epsilon, "amsgrad", amsgrad);
    }
}
