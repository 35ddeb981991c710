package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.initializers.Initializers;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * Follow the regularized leader (McMahan et al., 2013), as Keras computes it. With {@code p = -learningRatePower},
 * {@code l2' = l2 + beta / (2 * rate)} and {@code g' = g + 2 * shrinkage * w}: {@code z += g' - ((n + g^2)^p - n^p) /
 * rate * w}, {@code n += g^2}, {@code w = (clip(z, -l1, l1) - z) / (n^p / rate + 2 * l2')}.
 */
public final class Ftrl extends Optimizer {
    private static final String SQUARES = "accumulator";
    private static final String LINEAR = "linear";

    private final double learningRatePower;
    private final double initialAccumulatorValue;
    private final double l1RegularizationStrength;
    private final double l2RegularizationStrength;
    private final double l2ShrinkageRegularizationStrength;
    private final double beta;

    /** Learning rate 0.001. */
    public Ftrl() {
        this(of());
    }

    public Ftrl(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Ftrl(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Ftrl(Builder builder) {
        super(builder.options());
        learningRatePower = Arguments.require(
                name(), "learningRatePower of at most 0", builder.learningRatePower <= 0, builder.learningRatePower);
        initialAccumulatorValue =
                Arguments.notNegative(name(), "initialAccumulatorValue", builder.initialAccumulatorValue);
        l1RegularizationStrength =
                Arguments.notNegative(name(), "l1RegularizationStrength", builder.l1RegularizationStrength);
        l2RegularizationStrength =
                Arguments.notNegative(name(), "l2RegularizationStrength", builder.l2RegularizationStrength);
        l2ShrinkageRegularizationStrength = Arguments.notNegative(
                name(), "l2ShrinkageRegularizationStrength", builder.l2ShrinkageRegularizationStrength);
        beta = builder.beta;
    }

    /**
     * Learning rate 0.001, learning rate power -0.5, initial accumulator value 0.1, no regularization, with more
     * options to come.
     */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Ftrl. */
    public static final class Builder extends OptimizerBuilder<Builder, Ftrl> {
        private double learningRatePower = -0.5;
        private double initialAccumulatorValue = 0.1;
        private double l1RegularizationStrength;
        private double l2RegularizationStrength;
        private double l2ShrinkageRegularizationStrength;
        private double beta;

        private Builder() {
            super(OptimizerOptions.of("ftrl", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** At most 0; 0 for a rate that stays. */
        public Builder learningRatePower(double newLearningRatePower) {
            learningRatePower = newLearningRatePower;
            return this;
        }

        /** What the sum of squares starts from; at least 0. */
        public Builder initialAccumulatorValue(double newInitialAccumulatorValue) {
            initialAccumulatorValue = newInitialAccumulatorValue;
            return this;
        }

        public Builder l1RegularizationStrength(double newL1RegularizationStrength) {
            l1RegularizationStrength = newL1RegularizationStrength;
            return this;
        }

        public Builder l2RegularizationStrength(double newL2RegularizationStrength) {
            l2RegularizationStrength = newL2RegularizationStrength;
            return this;
        }

        public Builder l2ShrinkageRegularizationStrength(double newL2ShrinkageRegularizationStrength) {
            l2ShrinkageRegularizationStrength = newL2ShrinkageRegularizationStrength;
            return this;
        }

        public Builder beta(double newBeta) {
            beta = newBeta;
            return this;
        }

        @Override
        public Ftrl build() {
            return new Ftrl(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        for (Variable weight : weights) {
            addSlot(weight, SQUARES, Initializers.constant(initialAccumulatorValue));
            addSlot(weight, LINEAR, Initializers.zeros());
        }
    }

    @Override
    protected Update prepare(Tensor rate) {
        return (weight, gradient) -> {
            Tensor typedRate = Ops.cast(rate, weight.dtype());
            Variable accumulator = slot(weight, SQUARES);
            Variable linear = slot(weight, LINEAR);
            Tensor squares = Ops.add(accumulator, Ops.square(gradient));
            Tensor scale = Ops.divide(raised(squares), typedRate);
            Tensor growth = Ops.subtract(scale, Ops.divide(raised(accumulator), typedRate));
            Tensor shrunk = Ops.add(gradient, Ops.multiply(weight, 2 * l2ShrinkageRegularizationStrength));
            Tensor z = Ops.add(linear, Ops.subtract(shrunk, Ops.multiply(growth, weight)));
            Tensor pull = Ops.add(scale, Ops.add(Ops.divide(beta, typedRate), 2 * l2RegularizationStrength));
            Tensor clipped = Ops.clip(z, -l1RegularizationStrength, l1RegularizationStrength);
            weight.assign(Ops.divide(Ops.subtract(clipped, z), pull));
            linear.assign(z);
            accumulator.assign(squares);
        };
    }

    private Tensor raised(Tensor squares) {
        return learningRatePower == -0.5
                ? Ops.sqrt(squares)
                : Ops.power(squares, Ops.constant(-learningRatePower, squares.dtype()));
    }

    @Override
    public Map<String, Object> config() {
        return with(
                super.config(),
                "learning_rate_power",
                learningRatePower,
                "initial_accumulator_value",
                initialAccumulatorValue,
                "l1_regularization_strength",
                l1RegularizationStrength,
                "l2_regularization_strength",
                l2RegularizationStrength,
                "l2_shrinkage_regularization_strength",
                l2ShrinkageRegularizationStrength,
                "beta",
                beta);
    }

    static Ftrl fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .learningRatePower(config.number("learning_rate_power", -0.5))
                .initialAccumulatorValue(config.number("initial_accumulator_value", 0.1))
                .l1RegularizationStrength(config.number("l1_regularization_strength", 0))
                .l2RegularizationStrength(config.number("l2_regularization_strength", 0))
                .l2ShrinkageRegularizationStrength(config.number("l2_shrinkage_regularization_strength", 0))
                .beta(config.number("beta", 0))
                .build();
    }
}
