package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A row of a table for each index: {@code (batch, ...)} of whole numbers gives {@code (batch, ..., outputDim)}. Weight:
 * embeddings {@code (inputDim, outputDim)}. Floating-point indices are cut off to whole numbers.
 */
public final class Embedding extends Layer {
    private final int inputDim;
    private final int outputDim;
    private final Initializer embeddingsInitializer;
    private final Optional<Regularizer> embeddingsRegularizer;
    private final Optional<Constraint> embeddingsConstraint;
    private final boolean maskZero;
    private @Nullable Variable embeddings;

    /** @param inputDim the number of rows: indices are from 0 to {@code inputDim - 1} */
    public Embedding(int inputDim, int outputDim) {
        this(of(inputDim, outputDim));
    }

    private Embedding(Builder builder) {
        super(builder.options());
        if (builder.inputDim < 1 || builder.outputDim < 1) {
            throw new IllegalArgumentException("[" + name() + "] expected a table of at least one row and column; "
                    + "received inputDim " + builder.inputDim + " and outputDim " + builder.outputDim + ".");
        }
        inputDim = builder.inputDim;
        outputDim = builder.outputDim;
        embeddingsInitializer = builder.embeddingsInitializer;
        embeddingsRegularizer = builder.embeddingsRegularizer;
        embeddingsConstraint = builder.embeddingsConstraint;
        maskZero = builder.maskZero;
    }

    /** A table of that size, with more options to come. */
    public static Builder of(int inputDim, int outputDim) {
        return new Builder(inputDim, outputDim);
    }

    /** The options of an Embedding layer. */
    public static final class Builder extends LayerBuilder<Builder, Embedding> {
        private final int inputDim;
        private final int outputDim;
        private Initializer embeddingsInitializer = Initializers.of("random_uniform");
        private Optional<Regularizer> embeddingsRegularizer = Optional.empty();
        private Optional<Constraint> embeddingsConstraint = Optional.empty();
        private boolean maskZero;

        private Builder(int inputDim, int outputDim) {
            this.inputDim = inputDim;
            this.outputDim = outputDim;
        }

        @Override
        protected Builder self() {
            return this;
        }

        public Builder embeddingsInitializer(Initializer initializer) {
            embeddingsInitializer = initializer;
            return this;
        }

        /** By Keras's name. */
        public Builder embeddingsInitializer(String name) {
            return embeddingsInitializer(Initializers.of(name));
        }

        public Builder embeddingsRegularizer(Regularizer regularizer) {
            embeddingsRegularizer = Optional.of(regularizer);
            return this;
        }

        /** By Keras's name. */
        public Builder embeddingsRegularizer(String name) {
            return embeddingsRegularizer(Regularizers.of(name));
        }

        public Builder embeddingsConstraint(Constraint constraint) {
            embeddingsConstraint = Optional.of(constraint);
            return this;
        }

        /** By Keras's name. */
        public Builder embeddingsConstraint(String name) {
            return embeddingsConstraint(Constraints.of(name));
        }

        /** Whether index 0 stands for padding, which layers behind are told by a mask. */
        public Builder maskZero(boolean use) {
            maskZero = use;
            return this;
        }

        @Override
        public Embedding build() {
            return new Embedding(this);
        }
    }

    @Override
    protected void build(Shape inputShape) {
        embeddings = addWeight(WeightSpec.of("embeddings", Shape.of(inputDim, outputDim))
                .initializer(embeddingsInitializer)
                .regularizer(embeddingsRegularizer)
                .constraint(embeddingsConstraint));
    }

    @Override
    protected boolean supportsMasking() {
        return maskZero;
    }

    @Override
    protected Optional<Tensor> computeMask(Tensor input, Optional<Tensor> mask) {
        return maskZero ? Optional.of(Ops.notEqual(input, Ops.constant(0, input.dtype()))) : Optional.empty();
    }

    /** Floating-point indices stay as they are: 16-bit types don't have all of them. */
    @Override
    public boolean autocast() {
        return false;
    }

    @Override
    protected Tensor call(Tensor x) {
        Tensor indices = x.dtype().isInteger() ? x : Ops.cast(x, DType.INT32);
        return Ops.cast(Ops.gather(Built.get(this, embeddings), indices), computeDType());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        Object penalty = config.get("activity_regularizer");
        config.putAll(Config.entries(
                "input_dim", inputDim,
                "output_dim", outputDim,
                "embeddings_initializer", embeddingsInitializer.config(),
                "embeddings_regularizer", embeddingsRegularizer.map(Regularizer::config),
                "activity_regularizer", Optional.ofNullable(penalty),
                "embeddings_constraint", embeddingsConstraint.map(Constraint::config),
                "mask_zero", maskZero,
                "quantization_config", Optional.empty()));
        return config;
    }

    static Embedding fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            Builder builder = of(config.integer("input_dim"), config.integer("output_dim"))
                    .fromBaseConfig(config)
                    .embeddingsInitializer(config.initializer("embeddings_initializer", "random_uniform"))
                    .maskZero(config.flag("mask_zero", false));
            config.regularizer("embeddings_regularizer").ifPresent(builder::embeddingsRegularizer);
            config.constraint("embeddings_constraint").ifPresent(builder::embeddingsConstraint);
            // Of Keras 2: how long the inputs are, which follows from them.
            config.ignore("input_length");
            return builder.build();
        });
    }
}
