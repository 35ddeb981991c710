package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.initializers.Initializers;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;

/**
 * Adafactor (Shazeer and Stern, 2018), as Keras computes it: the running mean of squares of a matrix is kept as that of
 * its rows and of its columns. With {@code b = 1 - t^beta2Decay} and {@code s = g^2 + epsilon1}: {@code r = b * r + (1
 * - b) * mean(s)} over columns, {@code c} likewise over rows, {@code v = r * c / mean(r)} (for a vector {@code v = b *
 * v + (1 - b) * s}), {@code u = g / sqrt(v)}, {@code w -= max(epsilon2, rms(w)) * min(rate, 1 / sqrt(t)) * u / max(1,
 * rms(u) / clipThreshold)}.
 */
public final class Adafactor extends Optimizer {
    private static final String ROWS = "row_mean";
    private static final String COLUMNS = "column_mean";

    private final double beta2Decay;
    private final double epsilon1;
    private final double epsilon2;
    private final double clipThreshold;
    private final boolean relativeStep;

    /** Learning rate 0.001. */
    public Adafactor() {
        this(of());
    }

    public Adafactor(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Adafactor(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Adafactor(Builder builder) {
        super(builder.options());
        beta2Decay = builder.beta2Decay;
        epsilon1 = builder.epsilon1;
        epsilon2 = builder.epsilon2;
        clipThreshold = builder.clipThreshold;
        relativeStep = builder.relativeStep;
    }

    /** Learning rate 0.001, beta2 decay -0.8, epsilons 1e-30 and 1e-3, clip threshold 1, with more options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Adafactor. */
    public static final class Builder extends OptimizerBuilder<Builder, Adafactor> {
        private double beta2Decay = -0.8;
        private double epsilon1 = 1e-30;
        private double epsilon2 = 1e-3;
        private double clipThreshold = 1;
        private boolean relativeStep = true;

        private Builder() {
            super(OptimizerOptions.of("adafactor", 0.001));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** At most 0. */
        public Builder beta2Decay(double newBeta2Decay) {
            beta2Decay = newBeta2Decay;
            return this;
        }

        /** What keeps the mean of squares from 0. */
        public Builder epsilon1(double newEpsilon1) {
            epsilon1 = newEpsilon1;
            return this;
        }

        /** The least size that a weight counts with. */
        public Builder epsilon2(double newEpsilon2) {
            epsilon2 = newEpsilon2;
            return this;
        }

        /** The largest root mean square of a step. */
        public Builder clipThreshold(double newClipThreshold) {
            clipThreshold = newClipThreshold;
            return this;
        }

        /** Kept for files alone: in Keras too the rate is at most {@code 1 / sqrt(t)} either way. */
        public Builder relativeStep(boolean newRelativeStep) {
            relativeStep = newRelativeStep;
            return this;
        }

        @Override
        public Adafactor build() {
            return new Adafactor(this);
        }
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        for (Variable weight : weights) {
            Shape shape = weight.shape();
            boolean factored = shape.rank() >= 2;
            // Keras names these by the last part of the weight's name, and keeps whole numbers in place of unused ones.
            String name = factored ? name() + "/" + lastName(weight) : lastName(weight);
            HostArray unused = HostArray.zeros(Shape.scalar(), DType.INT32);
            addSlot(weight, ROWS, name, factored ? HostArray.zeros(shape.drop(-1), weight.dtype()) : unused);
            addSlot(weight, COLUMNS, name, factored ? HostArray.zeros(shape.drop(-2), weight.dtype()) : unused);
            addSlot(weight, Moments.SECOND, Initializers.zeros());
        }
    }

    @Override
    protected Update prepare(Tensor rate) {
        Tensor slowing = Ops.rsqrt(step());
        Tensor size = Ops.minimum(rate, slowing);
        Tensor keep = Ops.subtract(1, Ops.power(step(), Ops.constant(beta2Decay, DType.FLOAT32)));
        return (weight, gradient) -> {
            Tensor kept = Ops.cast(keep, weight.dtype());
            Tensor squares = Ops.add(Ops.square(gradient), epsilon1);
            Tensor v = weight.shape().rank() < 2
                    ? mean(slot(weight, Moments.SECOND), squares, kept)
                    : fromFactors(weight, squares, kept);
            Tensor u = Ops.divide(gradient, Ops.sqrt(v));
            Tensor clip = Ops.maximum(Ops.divide(rms(u), clipThreshold), 1);
            Tensor alpha = Ops.multiply(Ops.maximum(rms(weight), epsilon2), Ops.cast(size, weight.dtype()));
            weight.assign(Ops.subtract(weight, Ops.multiply(Ops.divide(u, clip), alpha)));
        };
    }

    /** The mean of squares as the product of its rows' and its columns' means. */
    private Tensor fromFactors(Variable weight, Tensor squares, Tensor keep) {
        Tensor rows = mean(slot(weight, ROWS), Ops.mean(squares, -1), keep);
        Tensor columns = mean(slot(weight, COLUMNS), Ops.mean(squares, -2), keep);
        Tensor share = Ops.divide(rows, Ops.reduce(ReductionOp.Kind.MEAN, rows, true, -1));
        Tensor v = Ops.multiply(Ops.expandDims(share, -1), Ops.expandDims(columns, -2));
        slot(weight, Moments.SECOND).assign(v);
        return v;
    }

    private static Tensor mean(Variable mean, Tensor value, Tensor keep) {
        Tensor next = Ops.add(Ops.multiply(mean, keep), Ops.multiply(value, Ops.subtract(1, keep)));
        mean.assign(next);
        return next;
    }

    private static Tensor rms(Tensor x) {
        return Ops.sqrt(Ops.mean(Ops.square(x)));
    }

    @Override
    public Map<String, Object> config() {
        return with(
                super.config(),
                "beta_2_decay",
                beta2Decay,
                "epsilon_1",
                epsilon1,
                "epsilon_2",
                epsilon2,
                "clip_threshold",
                clipThreshold,
                "relative_step",
                relativeStep);
    }

    static Adafactor fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .beta2Decay(config.number("beta_2_decay", -0.8))
                .epsilon1(config.number("epsilon_1", 1e-30))
                .epsilon2(config.number("epsilon_2", 1e-3))
                .clipThreshold(config.number("clip_threshold", 1))
                .relativeStep(config.flag("relative_step", true))
                .build();
    }
}
