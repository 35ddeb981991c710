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
 * Adagrad (Duchi, Hazan and Singer, 2011), as Keras computes it: {@code a += g^2}, {@code w -= rate * g / sqrt(a +
 * epsilon)}.
 */
public final class Adagrad extends Optimizer {
    private static final String SQUARES = "accumulator";

    private final double initialAccumulatorValue;
    private final double epsilon;

    /** Learning rate 0.001. */
    public Adagrad() {
        this(of());
    }

    public Adagrad(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Adagrad(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Adagrad(Builder builder) {
        super(builder.options());
        initialAccumulatorValue =
                Arguments.notNegative(name(), "initialAccumulatorValue", builder.initialAccumulatorValue);
        epsilon = builder.epsilon;
    }

    /** Learning rate 0.001, initial accumulator value 0.1, epsilon 1e-7, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Adagrad. */
    public static final class Builder extends OptimizerBuilder<Builder, Adagrad> {
        private double initialAccumulatorValue = 0.1;
        private double epsilon = 1e-7;

        private Builder() {
            super(OptimizerOptions.of("adagrad", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** What the sum of squares starts from; at least 0. */
        public Builder initialAccumulatorValue(double newInitialAccumulatorValue) {
            initialAccumulatorValue = newInitialAccumulatorValue;
            return this;
        }

        public Builder epsilon(double newEpsilon) {
            epsilon = newEpsilon;
            return this;
        }

        @Override
        public Adagrad build() {
            return new Adagrad(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        weights.forEach(weight -> addSlot(weight, SQUARES, Initializers.constant(initialAccumulatorValue)));
    }

    @Override
    protected Update prepare(Tensor rate) {
        return (weight, gradient) -> {
            Variable accumulator = slot(weight, SQUARES);
            Tensor squares = Ops.add(accumulator, Ops.square(gradient));
            accumulator.assign(squares);
            Tensor step = Ops.multiply(gradient, Ops.cast(rate, weight.dtype()));
            weight.assign(Ops.subtract(weight, Ops.divide(step, Ops.sqrt(Ops.add(squares, epsilon)))));
        };
    }

    @Override
    public Map<String, Object> config() {
        return with(super.config(), "initial_accumulator_value", initialAccumulatorValue, "epsilon", epsilon);
    }

    static Adagrad fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .initialAccumulatorValue(config.number("initial_accumulator_value", 0.1))
                .epsilon(config.number("epsilon", 1e-7))
                .build();
    }
}
