package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Normalizes each channel over the batch and all other axes (Ioffe and Szegedy, 2015): {@code (x - mean) /
 * sqrt(variance + epsilon) * gamma + beta}. In training with the batch's mean and variance, which also move the running
 * ones, {@code moving = momentum * moving + (1 - momentum) * batch}; in inference, and when the layer is frozen, with
 * the running ones. With a mask only the positions that count make up the batch's statistics. Weights: gamma, beta
 * (trainable), moving_mean, moving_variance, each {@code (channels,)}.
 */
public final class BatchNormalization extends Layer {
    /** Keras's: keeps the division finite where a mask leaves nothing. */
    private static final double MASK_EPSILON = 1e-7;

    private final int axis;
    private final double momentum;
    private final transient Affine affine;
    private final Initializer movingMeanInitializer;
    private final Initializer movingVarianceInitializer;
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
        affine = builder.affine();
        movingMeanInitializer = builder.movingMeanInitializer;
        movingVarianceInitializer = builder.movingVarianceInitializer;
    }

    /** Keras's defaults, with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a BatchNormalization layer. */
    public static final class Builder extends NormalizationBuilder<Builder, BatchNormalization> {
        private int axis = -1;
        private double momentum = 0.99;
        private Initializer movingMeanInitializer = Initializers.zeros();
        private Initializer movingVarianceInitializer = Initializers.ones();

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

        /** How much of the running statistics stays at each batch. */
        public Builder momentum(double newMomentum) {
            momentum = newMomentum;
            return this;
        }

        public Builder movingMeanInitializer(Initializer initializer) {
            movingMeanInitializer = initializer;
            return this;
        }

        /** By Keras's name. */
        public Builder movingMeanInitializer(String name) {
            return movingMeanInitializer(Initializers.of(name));
        }

        public Builder movingVarianceInitializer(Initializer initializer) {
            movingVarianceInitializer = initializer;
            return this;
        }

        /** By Keras's name. */
        public Builder movingVarianceInitializer(String name) {
            return movingVarianceInitializer(Initializers.of(name));
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
        gamma = affine.gamma().spec("gamma", channels).map(this::addWeight).orElse(null);
        beta = affine.beta().spec("beta", channels).map(this::addWeight).orElse(null);
        movingMean = addWeight(WeightSpec.of("moving_mean", channels)
                .initializer(movingMeanInitializer)
                .trainable(false)
                .autocast(false));
        movingVariance = addWeight(WeightSpec.of("moving_variance", channels)
                .initializer(movingVarianceInitializer)
                .trainable(false)
                .autocast(false));
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    /** Statistics of half-precision data are taken and kept in float32, where whole numbers stay what they are. */
    @Override
    protected Tensor call(Tensor input, CallContext context) {
        int at = input.shape().axis(axis);
        int last = input.shape().rank() - 1;
        boolean ofBatch = context.training() && context.trainable();
        if (ofBatch && context.mask().isPresent()) {
            return Ops.cast(normalizeByMasked(wide(input), at, context.mask().get()), computeDType());
        }
        Tensor numbers = input.dtype().isFloating() ? input : wide(input);
        Tensor x = at == last ? numbers : swap(numbers, at, last);
        Tensor y = Ops.cast(ofBatch ? normalizeByBatch(x) : normalizeByRunning(wide(x)), computeDType());
        return at == last ? y : swap(y, at, last);
    }

    private Tensor wide(Tensor x) {
        return Ops.cast(x, NormalizationOp.statistics(x.dtype().isFloating() ? x.dtype() : computeDType()));
    }

    private Tensor normalizeByBatch(Tensor x) {
        DType type = NormalizationOp.statistics(x.dtype());
        Shape channels = Built.get(this, movingMean).shape();
        Tensor scaleBy = gamma == null ? Ops.full(channels, 1, type) : Ops.cast(gamma, type);
        Tensor shiftBy = beta == null ? Ops.full(channels, 0, type) : Ops.cast(beta, type);
        List<Tensor> results = NN.batchNorm(x, scaleBy, shiftBy, affine.epsilon());
        move(Built.get(this, movingMean), results.get(1));
        move(Built.get(this, movingVariance), results.get(2));
        return results.get(0);
    }

    /** @param given of the input's axes but the last, of which some may have size 1 */
    private Tensor normalizeByMasked(Tensor x, int at, Tensor given) {
        Shape shape = x.shape();
        if (given.shape().rank() != shape.rank() - 1) {
            throw new ShapeException("[" + name() + "] expected a mask of one axis less than the input, " + shape
                    + "; received " + given.spec() + ".");
        }
        Tensor mask = Ops.broadcastTo(Ops.expandDims(Ops.cast(given, DType.BOOL), -1), shape);
        int[] others =
                IntStream.range(0, shape.rank()).filter(other -> other != at).toArray();
        Tensor zero = Ops.constant(0, x.dtype());
        Tensor count = Ops.add(Ops.sum(Ops.cast(mask, x.dtype()), others), MASK_EPSILON);
        Tensor mean = Ops.divide(Ops.sum(Ops.where(mask, x, zero), others), count);
        Tensor centered = Ops.subtract(x, alongAxis(mean, at, shape));
        Tensor variance = Ops.divide(Ops.sum(Ops.square(Ops.where(mask, centered, zero)), others), count);
        move(Built.get(this, movingMean), mean);
        move(Built.get(this, movingVariance), variance);
        Tensor y = Ops.multiply(centered, alongAxis(factor(variance), at, shape));
        return beta == null ? y : Ops.add(y, alongAxis(Ops.cast(beta, x.dtype()), at, shape));
    }

    private static Tensor alongAxis(Tensor ofChannels, int at, Shape shape) {
        int[] sizes = IntStream.generate(() -> 1).limit(shape.rank()).toArray();
        sizes[at] = ofChannels.shape().size(0);
        return Ops.reshape(ofChannels, sizes);
    }

    private void move(Variable moving, Tensor ofBatch) {
        Tensor batch = Ops.cast(Ops.stopGradient(ofBatch), moving.dtype());
        moving.assign(Ops.add(Ops.multiply(moving, momentum), Ops.multiply(batch, 1 - momentum)));
    }

    private Tensor normalizeByRunning(Tensor x) {
        DType type = x.dtype();
        Tensor factor = factor(Ops.cast(Built.get(this, movingVariance), type));
        Tensor y = Ops.multiply(Ops.subtract(x, Ops.cast(Built.get(this, movingMean), type)), factor);
        return beta == null ? y : Ops.add(y, Ops.cast(beta, type));
    }

    /** {@code gamma / sqrt(variance + epsilon)}. */
    private Tensor factor(Tensor variance) {
        Tensor factor = Ops.rsqrt(Ops.add(variance, affine.epsilon()));
        return gamma == null ? factor : Ops.multiply(factor, Ops.cast(gamma, factor.dtype()));
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
        config.putAll(affine.config());
        config.putAll(Config.entries(
                "axis",
                axis,
                "momentum",
                momentum,
                "moving_mean_initializer",
                movingMeanInitializer.config(),
                "moving_variance_initializer",
                movingVarianceInitializer.config(),
                "synchronized",
                false,
                "renorm",
                false,
                "renorm_clipping",
                Optional.empty(),
                "renorm_momentum",
                0.99));
        return config;
    }

    /** Statistics over several devices ({@code synchronized}) and batch renormalization are refused. */
    static BatchNormalization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> of().fromAffineConfig(config.only("synchronized", false)
                                .only("renorm", false)
                                .ignore("renorm_momentum", "renorm_clipping"))
                        .axis(config.integer("axis", -1))
                        .momentum(config.number("momentum", 0.99))
                        .movingMeanInitializer(config.initializer("moving_mean_initializer", "zeros"))
                        .movingVarianceInitializer(config.initializer("moving_variance_initializer", "ones"))
                        .build());
    }
}
