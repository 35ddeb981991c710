package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Normalizes each group of channels of each sample, over all its other axes (Wu and He, 2018). Weights: gamma, beta,
 * each {@code (channels,)}. Computed in float32 or float64.
 */
public final class GroupNormalization extends Layer {
    private final int groups;
    private final int axis;
    private final transient Affine affine;
    private int channels;
    private @Nullable Variable gamma;
    private @Nullable Variable beta;

    /** @param groups a divisor of the channels; -1 makes each channel a group */
    public GroupNormalization(int groups) {
        this(of(groups));
    }

    private GroupNormalization(Builder builder) {
        super(builder.options());
        if (builder.groups < 1 && builder.groups != -1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a positive number of groups, or -1 for as many "
                            + "as there are channels; received " + builder.groups + ".");
        }
        groups = builder.groups;
        axis = builder.axis;
        affine = builder.affine();
    }

    /** So many groups, with options to come. */
    public static Builder of(int groups) {
        return new Builder(groups);
    }

    /** The options of a GroupNormalization layer. */
    public static final class Builder extends NormalizationBuilder<Builder, GroupNormalization> {
        private final int groups;
        private int axis = -1;

        private Builder(int groups) {
            this.groups = groups;
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** The channels' axis. */
        public Builder axis(int newAxis) {
            axis = newAxis;
            return this;
        }

        @Override
        public GroupNormalization build() {
            return new GroupNormalization(this);
        }
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofMinRank(2);
    }

    @Override
    protected void build(Shape inputShape) {
        channels = inputShape.size(axis);
        if (channels == Shape.UNKNOWN || channels % count(channels) != 0) {
            throw new ShapeException("[" + name() + "] expected a known number of channels that is a multiple of "
                    + groups + " groups; received shape " + inputShape + " and axis " + axis + ".");
        }
        Shape shape = Shape.of(channels);
        gamma = affine.gamma().spec("gamma", shape).map(this::addWeight).orElse(null);
        beta = affine.beta().spec("beta", shape).map(this::addWeight).orElse(null);
    }

    private int count(int channels) {
        return groups == -1 ? channels : groups;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    /** The data are normalized in the type that they come in, at least float32. */
    @Override
    public boolean autocast() {
        return false;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected Tensor call(Tensor input) {
        Shape shape = input.shape();
        int at = shape.axis(axis);
        int size = shape.size(at) == Shape.UNKNOWN ? channels : shape.size(at);
        int count = count(size);
        int each = size / count;
        Shape grouped = shape.slice(0, at)
                .append(count, each)
                .append(shape.slice(at + 1, shape.rank()).sizes());
        Tensor x = Ops.cast(Ops.reshape(input, grouped.sizes()), NormalizationOp.statistics(input.dtype()));
        int[] reduced =
                IntStream.range(1, grouped.rank()).filter(other -> other != at).toArray();
        Tensor centered = Ops.subtract(x, mean(x, reduced));
        Tensor variance = mean(Ops.square(centered), reduced);
        Tensor y = Ops.multiply(centered, Ops.rsqrt(Ops.add(variance, affine.epsilon())));
        if (gamma != null) {
            y = Ops.multiply(y, broadcast(gamma, y, at, count, each));
        }
        if (beta != null) {
            y = Ops.add(y, broadcast(beta, y, at, count, each));
        }
        return Ops.cast(Ops.reshape(y, shape.sizes()), computeDType());
    }

    private static Tensor mean(Tensor x, int... axes) {
        return Ops.reduce(ReductionOp.Kind.MEAN, x, true, axes);
    }

    private static Tensor broadcast(Variable weight, Tensor y, int at, int count, int each) {
        int[] sizes = IntStream.generate(() -> 1).limit(y.shape().rank()).toArray();
        sizes[at] = count;
        sizes[at + 1] = each;
        return Ops.reshape(Ops.cast(weight, y.dtype()), sizes);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(affine.config());
        config.put("groups", groups);
        config.put("axis", axis);
        return config;
    }

    static GroupNormalization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> of(config.integer("groups", 32))
                        .fromAffineConfig(config)
                        .axis(config.integer("axis", -1))
                        .build());
    }
}
