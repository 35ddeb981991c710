package dev.lamina.layers;

import dev.lamina.initializers.Initializers;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Normalizes each channel over the batch and all other axes (Ioffe and Szegedy, 2015). In training with the batch's
 * mean and variance, which also move the running ones, {@code moving = momentum * moving + (1 - momentum) * batch}; in
 * inference, and when the layer is frozen, with the running ones. Weights: gamma, beta (trainable), moving_mean,
 * moving_variance, each {@code (channels,)}.
 */
public final class BatchNormalization extends Layer {
    private final int axis;
    private final double momentum;
    private final double epsilon;
    private final boolean center;
    private final boolean scale;
    private @Nullable Variable gamma;
    private @Nullable Variable beta;
    private @Nullable Variable movingMean;
    private @Nullable Variable movingVariance;

    public BatchNormalization() {
        this(of());
    }

    private BatchNormalization(Builder builder) {
        super(builder.options());
        axis = builder.axis;
        momentum = builder.momentum;
        epsilon = builder.epsilon;
        center = builder.center;
        scale = builder.scale;
    }

    /** Keras's defaults, with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a BatchNormalization layer. */
    public static final class Builder extends LayerBuilder<Builder, BatchNormalization> {
        private int axis = -1;
        private double momentum = 0.99;
        private double epsilon = 1e-3;
        private boolean center = true;
        private boolean scale = true;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** The channels' axis. */
        public Builder axis(int newAxis) {
            axis = newAxis;
            return this;
        }

        public Builder momentum(double newMomentum) {
            momentum = newMomentum;
            return this;
        }

        public Builder epsilon(double newEpsilon) {
            epsilon = newEpsilon;
            return this;
        }

        /** Whether beta is added. */
        public Builder center(boolean use) {
            center = use;
            return this;
        }

        /** Whether gamma is multiplied with. */
        public Builder scale(boolean use) {
            scale = use;
            return this;
        }

        @Override
        public BatchNormalization build() {
            return new BatchNormalization(this);
        }
    }

    @Override
    protected InputSpec inputSpec() {
        InputSpec spec = InputSpec.ofMinRank(2);
        return movingMean == null
                ? spec
                : spec.withAxis(axis, movingMean.shape().size(0));
    }

    @Override
    protected void build(Shape inputShape) {
        Shape channels = Shape.of(inputShape.size(axis));
        if (scale) {
            gamma = addWeight("gamma", channels, Initializers.ones());
        }
        if (center) {
            beta = addWeight("beta", channels, Initializers.zeros());
        }
        movingMean = addWeight(
                WeightSpec.of("moving_mean", channels).initializer("zeros").trainable(false));
        movingVariance = addWeight(
                WeightSpec.of("moving_variance", channels).initializer("ones").trainable(false));
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    protected Tensor call(Tensor input, CallContext context) {
        int at = input.shape().axis(axis);
        int last = input.shape().rank() - 1;
        Tensor x = Ops.cast(at == last ? input : swap(input, at, last), statisticsType(input.dtype()));
        boolean ofBatch = context.training() && context.trainable();
        Tensor y = Ops.cast(ofBatch ? normalizeByBatch(x) : normalizeByRunning(x), input.dtype());
        return at == last ? y : swap(y, at, last);
    }

    /** Statistics of half-precision data are taken in float32. */
    private static DType statisticsType(DType type) {
        return type == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
    }

    private Tensor normalizeByBatch(Tensor x) {
        DType type = x.dtype();
        Variable mean = Built.get(this, movingMean);
        Variable variance = Built.get(this, movingVariance);
        Tensor scaleBy = gamma == null ? Ops.full(mean.shape(), 1, type) : Ops.cast(gamma, type);
        Tensor shiftBy = beta == null ? Ops.full(mean.shape(), 0, type) : Ops.cast(beta, type);
        List<Tensor> results = NN.batchNorm(x, scaleBy, shiftBy, epsilon);
        move(mean, results.get(1));
        move(variance, results.get(2));
        return results.get(0);
    }

    private void move(Variable moving, Tensor ofBatch) {
        Tensor batch = Ops.cast(Ops.stopGradient(ofBatch), moving.dtype());
        moving.assign(Ops.add(Ops.multiply(moving, momentum), Ops.multiply(batch, 1 - momentum)));
    }

    private Tensor normalizeByRunning(Tensor x) {
        DType type = x.dtype();
        Tensor factor = Ops.rsqrt(Ops.add(Ops.cast(Built.get(this, movingVariance), type), epsilon));
        if (gamma != null) {
            factor = Ops.multiply(factor, Ops.cast(gamma, type));
        }
        Tensor y = Ops.multiply(Ops.subtract(x, Ops.cast(Built.get(this, movingMean), type)), factor);
        return beta == null ? y : Ops.add(y, Ops.cast(beta, type));
    }

    private static Tensor swap(Tensor x, int a, int b) {
        int[] order = IntStream.range(0, x.shape().rank())
                .map(axis -> axis == a ? b : axis == b ? a : axis)
                .toArray();
        return Ops.transpose(x, order);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("axis", axis);
        config.put("momentum", momentum);
        config.put("epsilon", epsilon);
        config.put("center", center);
        config.put("scale", scale);
        return config;
    }

    static BatchNormalization fromConfig(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        return of().fromBaseConfig(entries)
                .axis(config.integer("axis"))
                .momentum(config.number("momentum"))
                .epsilon(config.number("epsilon"))
                .center(config.flag("center"))
                .scale(config.flag("scale"))
                .build();
    }
}
