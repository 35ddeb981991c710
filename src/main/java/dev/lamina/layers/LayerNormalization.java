package dev.lamina.layers;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Rows;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Normalizes each sample over some axes, the last by default (Ba et al., 2016): {@code (x - mean) / sqrt(variance +
 * epsilon) * gamma + beta}. Weights: gamma, beta, of the shape of these axes in order. Over the last axes it is one op;
 * others are moved there first.
 */
public final class LayerNormalization extends Layer {
    private final Axes axes;
    private final transient Affine affine;
    private @Nullable Variable gamma;
    private @Nullable Variable beta;

    /** @param axes no axes mean the last */
    public LayerNormalization(int... axes) {
        this(of().axis(axes));
    }

    private LayerNormalization(Builder builder) {
        super(builder.options());
        axes = builder.axes;
        affine = builder.affine();
    }

    /** Keras's defaults, with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a LayerNormalization layer. */
    public static final class Builder extends NormalizationBuilder<Builder, LayerNormalization> {
        private Axes axes = Axes.of();

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** The axes to normalize over. */
        public Builder axis(int... newAxes) {
            axes = Axes.of(newAxes);
            return this;
        }

        @Override
        public LayerNormalization build() {
            return new LayerNormalization(this);
        }
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofMinRank(1);
    }

    @Override
    protected void build(Shape inputShape) {
        Shape shape = axes.sizes(inputShape);
        gamma = affine.gamma().spec("gamma", shape).map(this::addWeight).orElse(null);
        beta = affine.beta().spec("beta", shape).map(this::addWeight).orElse(null);
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
    protected Tensor call(Tensor x) {
        Shape size = Shape.of(flat(axes.sizes(x.shape())));
        Tensor scaleBy = weight(gamma, 1, size, x);
        Tensor shiftBy = weight(beta, 0, size, x);
        Tensor y = Rows.of(x, axes.sorted(x.shape()))
                .apply(rows -> NN.layerNorm(rows, scaleBy, shiftBy, affine.epsilon()));
        return Ops.cast(y, computeDType());
    }

    private static int flat(Shape shape) {
        return shape.isFullyKnown() ? Math.toIntExact(shape.elements()) : Shape.UNKNOWN;
    }

    private static Tensor weight(@Nullable Variable weight, double absent, Shape size, Tensor x) {
        return weight == null
                ? Ops.full(size, absent, NormalizationOp.statistics(x.dtype()))
                : Ops.reshape(weight, size.sizes());
    }

    /** Once it is built, {@code axis} is a list, as in Keras. */
    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(affine.config());
        config.put("axis", isBuilt() ? axes.list() : axes.toConfig());
        config.put("rms_scaling", false);
        return config;
    }

    static LayerNormalization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            Builder builder = of().fromAffineConfig(config.only("rms_scaling", false));
            builder.axes = Axes.fromConfig(config);
            return builder.build();
        });
    }
}
