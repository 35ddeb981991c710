package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code activation(x . kernel + bias)} over the last axis: {@code (batch, ..., in)} gives {@code (batch, ..., units)}.
 * Weights: kernel {@code (in, units)}, bias {@code (units,)}.
 */
public final class Dense extends Layer {
    private final int units;
    private final ActivationFunction activation;
    private final boolean useBias;
    private final Initializer kernelInitializer;
    private final Initializer biasInitializer;
    private final Optional<Regularizer> kernelRegularizer;
    private final Optional<Regularizer> biasRegularizer;
    private final Optional<Constraint> kernelConstraint;
    private final Optional<Constraint> biasConstraint;
    private @Nullable Variable kernel;
    private @Nullable Variable bias;

    public Dense(int units) {
        this(of(units));
    }

    /** @param activation Keras's name, such as {@code "relu"} */
    public Dense(int units, String activation) {
        this(of(units).activation(activation));
    }

    private Dense(Builder builder) {
        super(builder.options());
        if (builder.units < 1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a positive number of units; received " + builder.units + ".");
        }
        units = builder.units;
        activation = builder.activation;
        useBias = builder.useBias;
        kernelInitializer = builder.kernelInitializer;
        biasInitializer = builder.biasInitializer;
        kernelRegularizer = builder.kernelRegularizer;
        biasRegularizer = builder.biasRegularizer;
        kernelConstraint = builder.kernelConstraint;
        biasConstraint = builder.biasConstraint;
    }

    /** A layer of so many units, with more options to come. */
    public static Builder of(int units) {
        return new Builder(units);
    }

    /** The options of a Dense layer. */
    public static final class Builder extends LayerBuilder<Builder, Dense>
            implements KernelBuilder<Builder>, BiasBuilder<Builder> {
        private final int units;
        private ActivationFunction activation = Activations.of("linear");
        private boolean useBias = true;
        private Initializer kernelInitializer = Initializers.glorotUniform();
        private Initializer biasInitializer = Initializers.zeros();
        private Optional<Regularizer> kernelRegularizer = Optional.empty();
        private Optional<Regularizer> biasRegularizer = Optional.empty();
        private Optional<Constraint> kernelConstraint = Optional.empty();
        private Optional<Constraint> biasConstraint = Optional.empty();

        private Builder(int units) {
            this.units = units;
        }

        @Override
        protected Builder self() {
            return this;
        }

        public Builder activation(String name) {
            return activation(Activations.of(name));
        }

        public Builder activation(ActivationFunction function) {
            activation = function;
            return this;
        }

        public Builder useBias(boolean use) {
            useBias = use;
            return this;
        }

        @Override
        public Builder kernelInitializer(Initializer initializer) {
            kernelInitializer = initializer;
            return this;
        }

        @Override
        public Builder biasInitializer(Initializer initializer) {
            biasInitializer = initializer;
            return this;
        }

        @Override
        public Builder kernelRegularizer(Regularizer regularizer) {
            kernelRegularizer = Optional.of(regularizer);
            return this;
        }

        @Override
        public Builder biasRegularizer(Regularizer regularizer) {
            biasRegularizer = Optional.of(regularizer);
            return this;
        }

        @Override
        public Builder kernelConstraint(Constraint constraint) {
            kernelConstraint = Optional.of(constraint);
            return this;
        }

        @Override
        public Builder biasConstraint(Constraint constraint) {
            biasConstraint = Optional.of(constraint);
            return this;
        }

        @Override
        public Dense build() {
            return new Dense(this);
        }
    }

    public int units() {
        return units;
    }

    @Override
    protected InputSpec inputSpec() {
        InputSpec spec = InputSpec.ofMinRank(2);
        return kernel == null ? spec : spec.withAxis(-1, kernel.shape().size(0));
    }

    @Override
    protected void build(Shape inputShape) {
        kernel = addWeight(WeightSpec.of("kernel", Shape.of(inputShape.size(-1), units))
                .initializer(kernelInitializer)
                .regularizer(kernelRegularizer)
                .constraint(kernelConstraint));
        if (useBias) {
            bias = addWeight(WeightSpec.of("bias", Shape.of(units))
                    .initializer(biasInitializer)
                    .regularizer(biasRegularizer)
                    .constraint(biasConstraint));
        }
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x) {
        Tensor y = Ops.matmul(x, Ops.cast(Built.get(this, kernel), computeDType()));
        if (bias != null) {
            y = Ops.add(y, Ops.cast(bias, computeDType()));
        }
        return activation.apply(y);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "units", units,
                "activation", activation.name(),
                "use_bias", useBias,
                "kernel_initializer", kernelInitializer.config(),
                "bias_initializer", biasInitializer.config(),
                "kernel_regularizer", kernelRegularizer.map(Regularizer::config),
                "bias_regularizer", biasRegularizer.map(Regularizer::config),
                "kernel_constraint", kernelConstraint.map(Constraint::config),
                "bias_constraint", biasConstraint.map(Constraint::config),
                "quantization_config", Optional.empty()));
        return config;
    }

    static Dense fromConfig(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        Builder builder = of(config.integer("units"))
                .fromBaseConfig(entries)
                .activation(config.activation("activation", "linear"))
                .useBias(config.flag("use_bias", true))
                .kernelInitializer(config.initializer("kernel_initializer", "glorot_uniform"))
                .biasInitializer(config.initializer("bias_initializer", "zeros"));
        config.regularizer("kernel_regularizer").ifPresent(builder::kernelRegularizer);
        config.regularizer("bias_regularizer").ifPresent(builder::biasRegularizer);
        config.constraint("kernel_constraint").ifPresent(builder::kernelConstraint);
        config.constraint("bias_constraint").ifPresent(builder::biasConstraint);
        return builder.build();
    }
}
