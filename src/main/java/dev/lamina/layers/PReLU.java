package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code x > 0 ? x : alpha * x} with a slope that is learned (He et al., 2015). Weight: alpha, of the input's shape
 * without the batch axis, with size 1 along the shared axes.
 */
public final class PReLU extends Layer {
    private final List<Integer> sharedAxes;
    private final Initializer alphaInitializer;
    private final Optional<Regularizer> alphaRegularizer;
    private final Optional<Constraint> alphaConstraint;
    private @Nullable Variable alpha;

    /** @param sharedAxes along which alpha is the same, counted with the batch axis: 1 and 2 for images */
    public PReLU(int... sharedAxes) {
        this(of().sharedAxes(sharedAxes));
    }

    private PReLU(Builder builder) {
        super(builder.options());
        sharedAxes = builder.sharedAxes;
        alphaInitializer = builder.alphaInitializer;
        alphaRegularizer = builder.alphaRegularizer;
        alphaConstraint = builder.alphaConstraint;
        if (sharedAxes.stream().anyMatch(axis -> axis < 1)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected shared axes from 1 on; received " + sharedAxes + ".");
        }
    }

    /** Keras's defaults, with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a PReLU layer. */
    public static final class Builder extends LayerBuilder<Builder, PReLU> {
        private List<Integer> sharedAxes = List.of();
        private Initializer alphaInitializer = Initializers.zeros();
        private Optional<Regularizer> alphaRegularizer = Optional.empty();
        private Optional<Constraint> alphaConstraint = Optional.empty();

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** Axes along which alpha is the same, counted with the batch axis. */
        public Builder sharedAxes(int... axes) {
            sharedAxes = Arrays.stream(axes).boxed().toList();
            return this;
        }

        public Builder alphaInitializer(Initializer initializer) {
            alphaInitializer = initializer;
            return this;
        }

        /** By Keras's name. */
        public Builder alphaInitializer(String name) {
            return alphaInitializer(Initializers.of(name));
        }

        public Builder alphaRegularizer(Regularizer regularizer) {
            alphaRegularizer = Optional.of(regularizer);
            return this;
        }

        /** By Keras's name. */
        public Builder alphaRegularizer(String name) {
            return alphaRegularizer(Regularizers.of(name));
        }

        public Builder alphaConstraint(Constraint constraint) {
            alphaConstraint = Optional.of(constraint);
            return this;
        }

        /** By Keras's name. */
        public Builder alphaConstraint(String name) {
            return alphaConstraint(Constraints.of(name));
        }

        @Override
        public PReLU build() {
            return new PReLU(this);
        }
    }

    @Override
    protected InputSpec inputSpec() {
        if (alpha == null) {
            return InputSpec.ofMinRank(2);
        }
        InputSpec spec = InputSpec.ofRank(alpha.shape().rank() + 1);
        for (int axis = 1; axis <= alpha.shape().rank(); axis++) {
            spec = sharedAxes.contains(axis)
                    ? spec
                    : spec.withAxis(axis, alpha.shape().size(axis - 1));
        }
        return spec;
    }

    @Override
    protected void build(Shape inputShape) {
        Shape shape = inputShape.slice(1, inputShape.rank());
        for (int axis : sharedAxes) {
            shape = shape.withSize(axis - 1, 1);
        }
        alpha = addWeight(WeightSpec.of("alpha", shape)
                .initializer(alphaInitializer)
                .regularizer(alphaRegularizer)
                .constraint(alphaConstraint));
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
        Tensor negative = Ops.multiply(Ops.cast(Built.get(this, alpha), x.dtype()), NN.relu(Ops.negate(x)));
        return Ops.subtract(NN.relu(x), negative);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "alpha_initializer", alphaInitializer.config(),
                "alpha_regularizer", alphaRegularizer.map(Regularizer::config),
                "alpha_constraint", alphaConstraint.map(Constraint::config),
                "shared_axes", sharedAxes.isEmpty() ? Optional.empty() : sharedAxes));
        return config;
    }

    static PReLU fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            Builder builder =
                    of().fromBaseConfig(config).alphaInitializer(config.initializer("alpha_initializer", "zeros"));
            config.optional("shared_axes", config::integers).ifPresent(builder::sharedAxes);
            config.regularizer("alpha_regularizer").ifPresent(builder::alphaRegularizer);
            config.constraint("alpha_constraint").ifPresent(builder::alphaConstraint);
            return builder.build();
        });
    }
}
