package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.errors.ShapeException;
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
 * {@code activation(einsum(equation, x, kernel) + bias)}: a dense layer over axes that an equation names, such as
 * {@code "abc,cd->abd"}; {@code ...} may stand for axes at the beginning or at the end. Weights: kernel, with the axes
 * of the equation's second term; bias, with the axes of {@code biasAxes}.
 */
public final class EinsumDense extends Layer {
    private final String equation;
    private final Shape outputShape;
    private final ActivationFunction activation;
    private final String biasAxes;
    private final transient Options kernelOptions;
    private final transient Options biasOptions;
    private @Nullable Variable kernel;
    private @Nullable Variable bias;

    private record Options(
            Initializer initializer, Optional<Regularizer> regularizer, Optional<Constraint> constraint) {
        private WeightSpec spec(String name, Shape shape) {
            return WeightSpec.of(name, shape)
                    .initializer(initializer)
                    .regularizer(regularizer)
                    .constraint(constraint);
        }
    }

    private EinsumDense(Builder builder) {
        super(builder.options());
        equation = builder.equation;
        outputShape = builder.outputShape;
        activation = builder.activation;
        biasAxes = builder.biasAxes;
        kernelOptions = builder.kernelOptions;
        biasOptions = builder.biasOptions;
    }

    /**
     * @param outputShape the sizes of the output's axes that the equation names, without the batch axis; an unknown one
     *     is that of the input
     */
    public static Builder of(String equation, int... outputShape) {
        return new Builder(equation, Shape.of(outputShape));
    }

    /** The options of an EinsumDense layer. */
    public static final class Builder extends LayerBuilder<Builder, EinsumDense>
            implements KernelBuilder<Builder>, BiasBuilder<Builder> {
        private final String equation;
        private final Shape outputShape;
        private ActivationFunction activation = Activations.of("linear");
        private String biasAxes = "";
        private Options kernelOptions = new Options(Initializers.glorotUniform(), Optional.empty(), Optional.empty());
        private Options biasOptions = new Options(Initializers.zeros(), Optional.empty(), Optional.empty());

        private Builder(String equation, Shape outputShape) {
            this.equation = equation;
            this.outputShape = outputShape;
        }

        @Override
        protected Builder self() {
            return this;
        }

        public Builder activation(String name) {
            activation = Activations.of(name);
            return this;
        }

        /** The axes of the output that a bias is added along, by their letters; none by default. */
        public Builder biasAxes(String letters) {
            biasAxes = letters;
            return this;
        }

        @Override
        public Builder kernelInitializer(Initializer initializer) {
            kernelOptions = new Options(initializer, kernelOptions.regularizer, kernelOptions.constraint);
            return this;
        }

        @Override
        public Builder biasInitializer(Initializer initializer) {
            biasOptions = new Options(initializer, biasOptions.regularizer, biasOptions.constraint);
            return this;
        }

        @Override
        public Builder kernelRegularizer(Regularizer regularizer) {
            kernelOptions = new Options(kernelOptions.initializer, Optional.of(regularizer), kernelOptions.constraint);
            return this;
        }

        @Override
        public Builder kernelConstraint(Constraint constraint) {
            kernelOptions = new Options(kernelOptions.initializer, kernelOptions.regularizer, Optional.of(constraint));
            return this;
        }

        @Override
        public Builder biasRegularizer(Regularizer regularizer) {
            biasOptions = new Options(biasOptions.initializer, Optional.of(regularizer), biasOptions.constraint);
            return this;
        }

        @Override
        public Builder biasConstraint(Constraint constraint) {
            biasOptions = new Options(biasOptions.initializer, biasOptions.regularizer, Optional.of(constraint));
            return this;
        }

        @Override
        public EinsumDense build() {
            return new EinsumDense(this);
        }
    }

    @Override
    protected void build(Shape inputShape) {
        Einsum einsum = Einsum.of(name(), equation, inputShape.rank());
        Shape output = output(einsum, inputShape);
        Shape shape = Shape.scalar();
        for (char letter : einsum.right().toCharArray()) {
            shape = shape.append(size(einsum, letter, inputShape, output));
        }
        kernel = addWeight(kernelOptions.spec("kernel", shape));
        if (!biasAxes.isEmpty()) {
            bias = addWeight(biasOptions.spec("bias", biasShape(einsum, output)));
        }
    }

    /** The output's whole shape: the batch axis, the given sizes, and those that the equation leaves out. */
    private Shape output(Einsum einsum, Shape inputShape) {
        Shape output = Shape.of(inputShape.size(0));
        int given = 0;
        for (char letter : einsum.result().substring(1).toCharArray()) {
            int of = einsum.left().indexOf(letter);
            int inherited = of < 0 ? Shape.UNKNOWN : inputShape.size(of);
            boolean named = Character.isLetter(letter);
            if (named && given == outputShape.rank()) {
                throw wrong("as many sizes in outputShape as axes behind the batch axis");
            }
            int wanted = named ? outputShape.size(given++) : Shape.UNKNOWN;
            if (wanted != Shape.UNKNOWN && inherited != Shape.UNKNOWN && wanted != inherited) {
                throw wrong("the input's size " + inherited + " for axis " + letter);
            }
            output = output.append(wanted == Shape.UNKNOWN ? inherited : wanted);
        }
        return output;
    }

    private ShapeException wrong(String expected) {
        return new ShapeException("[" + name() + "] expected " + expected + "; received the equation \"" + equation
                + "\" and outputShape " + outputShape + ".");
    }

    private int size(Einsum einsum, char letter, Shape input, Shape output) {
        if (einsum.result().indexOf(letter) >= 0) {
            return output.size(einsum.result().indexOf(letter));
        }
        if (einsum.left().indexOf(letter) >= 0) {
            return input.size(einsum.left().indexOf(letter));
        }
        throw wrong("each axis of the kernel to be one of the input or the output, not \"" + letter + "\"");
    }

    private Shape biasShape(Einsum einsum, Shape output) {
        int first = biasAxes.chars().map(einsum.result()::indexOf).min().orElse(-1);
        if (first < 0) {
            throw wrong("bias axes of the output, not \"" + biasAxes + "\"");
        }
        Shape shape = Shape.scalar();
        for (int axis = first; axis < output.rank(); axis++) {
            boolean along = biasAxes.indexOf(einsum.result().charAt(axis)) >= 0;
            shape = shape.append(along ? output.size(axis) : 1);
        }
        return shape;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x) {
        Einsum einsum = Einsum.of(name(), equation, x.shape().rank());
        Tensor y = einsum.apply(x, Ops.cast(Built.get(this, kernel), computeDType()));
        return activation.apply(bias == null ? y : Ops.add(y, Ops.cast(bias, computeDType())));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        Object penalty = config.get("activity_regularizer");
        config.putAll(Config.entries(
                "output_shape", LayerRegistry.shapeToConfig(outputShape),
                "equation", equation,
                "activation", activation.name(),
                "bias_axes", biasAxes.isEmpty() ? Optional.empty() : biasAxes,
                "kernel_initializer", kernelOptions.initializer.config(),
                "bias_initializer", biasOptions.initializer.config(),
                "kernel_regularizer", kernelOptions.regularizer.map(Regularizer::config),
                "bias_regularizer", biasOptions.regularizer.map(Regularizer::config),
                "activity_regularizer", Optional.ofNullable(penalty),
                "kernel_constraint", kernelOptions.constraint.map(Constraint::config),
                "bias_constraint", biasOptions.constraint.map(Constraint::config),
                "quantization_config", Optional.empty()));
        return config;
    }

    static EinsumDense fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            Shape output = config.value("output_shape") instanceof Number
                    ? Shape.of(config.integer("output_shape"))
                    : config.shape("output_shape");
            Builder builder = of(config.text("equation"), output.sizes())
                    .fromBaseConfig(config)
                    .biasAxes(config.text("bias_axes", ""));
            builder.activation = config.activation("activation");
            builder.kernelOptions = new Options(
                    config.initializer("kernel_initializer", "glorot_uniform"),
                    config.regularizer("kernel_regularizer"),
                    config.constraint("kernel_constraint"));
            builder.biasOptions = new Options(
                    config.initializer("bias_initializer", "zeros"),
                    config.regularizer("bias_regularizer"),
                    config.constraint("bias_constraint"));
            return builder.build();
        });
    }
}
