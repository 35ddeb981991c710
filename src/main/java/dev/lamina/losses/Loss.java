package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.config.Described;
import dev.lamina.config.Registry;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * What training makes small. A loss gives one number a sample (and position, for sequences and images);
 * {@link #apply(Tensor, Tensor)} makes one of them all, as its {@link Reduction} says. One of your own overrides
 * {@link #perSample}, and is registered with {@link Losses} to be found by name. Nothing is broadcast in a loss.
 */
public abstract class Loss {
    private final LossOptions options;

    /** @param name in snake case; the reduction is the mean over all samples */
    protected Loss(String name) {
        this(LossOptions.DEFAULT.withName(name));
    }

    protected Loss(LossOptions options) {
        this.options = options.withDefaultName(Registry.snakeCase(getClass().getSimpleName()));
    }

    /**
     * The mean of a function of targets and predictions that gives one number a sample, or one for each position. In
     * files it goes by its name; {@code Losses.register(name, config -> Loss.of(name, perSample))} lets them be read.
     */
    public static Loss of(String name, BinaryOperator<Tensor> perSample) {
        return new FunctionLoss(LossOptions.DEFAULT.withName(name), perSample);
    }

    public final String name() {
        return options.name();
    }

    public final Reduction reduction() {
        return options.reduction();
    }

    protected final LossOptions options() {
        return options;
    }

    /** Targets and predictions that fit together. */
    protected record Aligned(Tensor target, Tensor prediction) {}

    /**
     * The losses before reduction.
     *
     * @param mask false where a loss doesn't count, as of an ignored class
     */
    public record Elements(Tensor values, Optional<Tensor> mask) {}

    /** One number a sample, from targets and predictions that {@link #align} has brought together. */
    protected abstract Tensor perSample(Tensor target, Tensor prediction);

    /** Which of the numbers that {@link #perSample} gave count, as bool; all of them unless overridden. */
    protected Optional<Tensor> mask(Tensor target, Tensor prediction, Tensor values) {
        return Optional.empty();
    }

    /**
     * Brings targets and predictions to one shape and type; by default a trailing axis of size 1 may be missing or too
     * many, everything else is a {@link ShapeException}.
     */
    protected Aligned align(Tensor target, Tensor prediction) {
        return sameShape(name(), target, prediction, adviceForLabels());
    }

    /** What helps where labels came instead of rows of classes; empty for losses that know no classes. */
    Optional<String> adviceForLabels() {
        return Optional.empty();
    }

    /**
     * The scalar loss of a batch, of what the prediction's mask leaves; with {@link Reduction#NONE} one number a
     * sample.
     */
    public final Tensor apply(Tensor target, Tensor prediction) {
        return apply(target, prediction, Optional.empty(), prediction.mask());
    }

    /**
     * The loss of a batch of unequal samples.
     *
     * @param sampleWeight what each sample's loss is multiplied by: {@code (batch,)}, or more axes to weigh positions
     */
    public final Tensor apply(Tensor target, Tensor prediction, Tensor sampleWeight) {
        return apply(target, prediction, Optional.of(sampleWeight), prediction.mask());
    }

    /**
     * The loss of a batch of which only a part counts.
     *
     * @param mask true (or not 0) for what counts: {@code (batch,)} or {@code (batch, time)}. With a reduction that
     *     divides by the number of losses, those that count are multiplied by {@code total / valid}
     */
    public final Tensor apply(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight, Optional<Tensor> mask) {
        Elements elements = elements(target, prediction);
        Tensor values = elements.values();
        Optional<Tensor> valid = mask;
        if (elements.mask().isPresent()) {
            Tensor own = elements.mask().get();
            valid = Optional.of(mask.map(given -> Ops.logicalAnd(
                            SampleWeights.fit(name(), "a mask", Ops.cast(given, DType.BOOL), own.shape()), own))
                    .orElse(own));
        }
        Optional<Tensor> weights =
                SampleWeights.merge(name(), sampleWeight, valid, reduction().countsElements(), values.dtype());
        return reduce(values, weights);
    }

    private Tensor reduce(Tensor values, Optional<Tensor> weights) {
        if (weights.isEmpty()) {
            return reduceWeighted(values, weights);
        }
        // Weights (batch, 1) of losses (batch,) give (batch, 1), as in Keras.
        boolean column = values.shape().rank() == 1 && weights.get().shape().rank() == 2;
        Tensor all = column && weights.get().shape().size(1) == 1 ? Ops.expandDims(values, -1) : values;
        Tensor fitted = SampleWeights.fit(name(), "sample weights", weights.get(), all.shape());
        return reduceWeighted(Ops.multiply(all, fitted), Optional.of(fitted));
    }

    private Tensor reduceWeighted(Tensor values, Optional<Tensor> weights) {
        Shape shape = values.shape();
        if (reduction() == Reduction.NONE || shape.rank() == 0) {
            return values;
        }
        if (reduction() == Reduction.SUM || shape.isFullyKnown() && shape.elements() == 0) {
            return Ops.sum(values);
        }
        return reduction() == Reduction.MEAN_WITH_SAMPLE_WEIGHT && weights.isPresent()
                ? Numerics.divideNoNan(Ops.sum(values), Ops.sum(weights.get()))
                : Ops.mean(values);
    }

    /** The losses of a batch before weights and reduction. */
    public final Elements elements(Tensor target, Tensor prediction) {
        DType wide = prediction.dtype() == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
        Aligned aligned = align(target, Ops.cast(prediction, options.dtype().orElse(wide)));
        Tensor values = perSample(aligned.target(), aligned.prediction());
        return new Elements(values, mask(aligned.target(), aligned.prediction(), values));
    }

    /**
     * Looks at targets on the host before training: wrong ones give an error instead of a wrong loss.
     *
     * @param prediction what the model gives for a batch
     */
    public void checkTargets(HostArray targets, TensorSpec prediction) {}

    /** The arguments by Keras's names, as its {@code get_config} gives them. Overrides add theirs. */
    public Map<String, Object> config() {
        return baseConfig();
    }

    /** The class and the config. */
    @Override
    public String toString() {
        return Described.of(this, name(), this::config);
    }

    private Map<String, Object> baseConfig() {
        return Config.entries("name", name(), "reduction", reduction().toString());
    }

    /** The config with more entries, keys and values by turns. */
    final Map<String, Object> configWith(Object... pairs) {
        Map<String, Object> config = baseConfig();
        config.putAll(Config.entries(pairs));
        return config;
    }

    /**
     * The target cast and, but for a trailing axis of size 1 that one of the two lacks, unchanged; shapes that still
     * differ are a {@link ShapeException}.
     */
    protected static Aligned sameShape(String name, Tensor target, Tensor prediction) {
        return sameShape(name, target, prediction, Optional.empty());
    }

    private static Aligned sameShape(String name, Tensor target, Tensor prediction, Optional<String> forLabels) {
        Shape t = target.shape();
        Shape p = prediction.shape();
        Tensor left = target;
        Tensor right = prediction;
        if (t.rank() == p.rank() + 1 && t.size(-1) == 1) {
            if (p.rank() == 1) {
                // One number a sample: kept apart, so that each has its loss.
                right = Ops.expandDims(prediction, -1);
            } else {
                left = Ops.reshape(target, t.drop(-1).sizes());
            }
        } else if (t.rank() == p.rank() - 1 && p.size(-1) == 1) {
            left = Ops.expandDims(target, -1);
        }
        if (!left.shape().isCompatibleWith(right.shape())) {
            throw new ShapeException(
                    "[" + name + "] expected targets and predictions of the same shape; received targets " + t
                            + " and predictions " + p + ". "
                            + forLabels
                                    .filter(_ -> Labels.areOneForEachRow(t, p))
                                    .orElse("Nothing is broadcast in a loss: reshape one of them."));
        }
        return new Aligned(Ops.cast(left, right.dtype()), right);
    }
}
