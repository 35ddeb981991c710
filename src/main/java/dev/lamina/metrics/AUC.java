package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The area under a curve, drawn through points at thresholds: of the recall over the false positive rate (ROC), of the
 * precision over the recall (PR), or of their gains (PRGAIN, Flach and Kull, 2015).
 */
public final class AUC extends ThresholdMetric {
    /** What is drawn. */
    public enum Curve {
        ROC,
        PR,
        PRGAIN
    }

    /** How the area between two points is taken. For PR, interpolation follows Davis and Goadrich (2006). */
    public enum SummationMethod {
        INTERPOLATION,
        MINORING,
        MAJORING
    }

    private record State(Variable tp, Variable fp, Variable tn, Variable fn) {}

    private final AucBuilder options;
    private @Nullable State state;

    /** The area under the ROC curve, at 200 thresholds. */
    public AUC() {
        this(of());
    }

    AUC(AucBuilder builder) {
        super(builder.options(), builder.thresholds());
        options = builder.copy();
        if (!options.multiLabel && options.numLabels.isPresent()) {
            throw new IllegalArgumentException("[" + name() + "] expected numLabels only with multiLabel; received "
                    + options.numLabels.getAsInt() + ".");
        }
        if (!options.multiLabel) {
            state = create(Shape.of(thresholds().count()));
        } else if (options.numLabels.isPresent()) {
            state = create(Shape.of(thresholds().count(), options.numLabels.getAsInt()));
        }
    }

    /** The metric with options to come. */
    public static AucBuilder of() {
        return new AucBuilder();
    }

    private State create(Shape shape) {
        return new State(
                addState("true_positives", shape),
                addState("false_positives", shape),
                addState("true_negatives", shape),
                addState("false_negatives", shape));
    }

    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Pairs.Pair batch = Pairs.of(this, target, prediction);
        Shape shape = batch.prediction().shape();
        if (options.multiLabel && shape.rank() != 2) {
            throw new ShapeException(
                    "[" + name() + "] expected predictions (batch, labels) with multiLabel; received " + shape + ".");
        }
        State counts = state;
        if (counts == null) {
            counts = create(Shape.of(thresholds().count(), shape.size(1)));
            state = counts;
        }
        if (options.fromLogits) {
            batch = new Pairs.Pair(batch.target(), NN.sigmoid(batch.prediction()));
        }
        List<Double> weights = options.multiLabel ? List.of() : options.labelWeights;
        Confusion more = count(batch, sampleWeight, Selection.ALL, weights, options.multiLabel);
        counts.tp.assignAdd(more.truePositives());
        counts.fp.assignAdd(more.falsePositives());
        counts.tn.assignAdd(more.trueNegatives());
        counts.fn.assignAdd(more.falseNegatives());
    }

    @Override
    public Tensor result() {
        State counts = state;
        if (counts == null) {
            throw new IllegalStateException("[" + name() + "] expected a batch before the result; received none yet. "
                    + "Call update first, or give numLabels.");
        }
        boolean interpolated = options.summationMethod == SummationMethod.INTERPOLATION;
        Tensor areas = options.curve == Curve.PR && interpolated ? interpolatedPr(counts) : areas(counts);
        Tensor byLabel = Ops.sum(areas, 0);
        if (!options.multiLabel || options.labelWeights.isEmpty()) {
            return options.multiLabel ? Ops.mean(byLabel) : byLabel;
        }
        Tensor weights = Numbers.vector(options.labelWeights, dtype());
        return Numerics.divideNoNan(Ops.sum(Ops.multiply(byLabel, weights)), Ops.sum(weights));
    }

    private Tensor areas(State s) {
        Tensor x;
        Tensor y;
        switch (options.curve) {
            case ROC -> {
                x = Rates.of(s.fp, s.tn);
                y = Rates.of(s.tp, s.fn);
            }
            case PR -> {
                x = Rates.of(s.tp, s.fn);
                y = Rates.of(s.tp, s.fp);
            }
            case PRGAIN -> {
                Tensor scale = Numerics.divideNoNan(Ops.add(s.tp, s.fn), Ops.add(s.tn, s.fp));
                x = Ops.maximum(gain(scale, s.fn, s.tp, 0), 0);
                y = gain(scale, s.fp, s.tp, 1);
            }
            default -> throw new IllegalStateException("[" + name() + "] expected a curve; received " + options.curve);
        }
        Tensor heights = switch (options.summationMethod) {
            case INTERPOLATION -> Ops.multiply(Ops.add(left(y), right(y)), 0.5);
            case MINORING -> Ops.minimum(left(y), right(y));
            case MAJORING -> Ops.maximum(left(y), right(y));
        };
        return Ops.multiply(Ops.subtract(left(x), right(x)), heights);
    }

    /** {@code 1 - scale * errors / tp}, and a number of its own where nothing is found. */
    private Tensor gain(Tensor scale, Tensor errors, Tensor found, double nothing) {
        Tensor gain = Ops.subtract(1, Ops.multiply(scale, Numerics.divideNoNan(errors, found)));
        Tensor none = Ops.equal(found, 0);
        return Ops.where(none, nothing, gain);
    }

    /** Between two points true positives grow linearly with all positives, so that precision follows a hyperbola. */
    private Tensor interpolatedPr(State s) {
        Tensor zero = Ops.constant(0, dtype());
        Tensor found = Ops.subtract(left(s.tp), right(s.tp));
        Tensor p = Ops.add(s.tp, s.fp);
        Tensor more = Ops.subtract(left(p), right(p));
        Tensor slope = Numerics.divideNoNan(found, Ops.maximum(more, 0));
        Tensor intercept = Ops.subtract(right(s.tp), Ops.multiply(slope, right(p)));
        Tensor both = Ops.logicalAnd(Ops.greater(left(p), zero), Ops.greater(right(p), zero));
        Tensor ratio = Numerics.divideNoNan(left(p), Ops.maximum(right(p), 0));
        Tensor safe = Ops.where(both, ratio, 1);
        Tensor sum = Ops.add(found, Ops.multiply(intercept, Ops.log(safe)));
        Tensor all = Ops.maximum(Ops.add(right(s.tp), right(s.fn)), 0);
        return Numerics.divideNoNan(Ops.multiply(slope, sum), all);
    }

    private static Tensor left(Tensor x) {
        return rows(x, 0);
    }

    private static Tensor right(Tensor x) {
        return rows(x, 1);
    }

    private static Tensor rows(Tensor x, int from) {
        int[] starts = new int[x.shape().rank()];
        starts[0] = from;
        return Ops.slice(x, starts, x.shape().withSize(0, x.shape().size(0) - 1).sizes());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = configWith(
                "num_thresholds", thresholds().count(),
                "curve", options.curve.name(),
                "summation_method", options.summationMethod.name().toLowerCase(Locale.ROOT),
                "multi_label", options.multiLabel,
                "num_labels", Rates.boxed(options.numLabels),
                "label_weights", options.labelWeights.isEmpty() ? Optional.empty() : options.labelWeights,
                "from_logits", options.fromLogits);
        options.inner.ifPresent(
                inner -> config.put("thresholds", inner.stream().sorted().toList()));
        return config;
    }

    static AUC fromConfig(Config config) {
        AucBuilder builder = of().options(MetricOptions.fromConfig(config))
                .numThresholds(config.integer("num_thresholds", 200))
                .curve(Choices.of(Curve.class, "auc", "curve", config.text("curve", "ROC")))
                .summationMethod(Choices.of(
                        SummationMethod.class,
                        "auc",
                        "summation_method",
                        config.text("summation_method", "interpolation")))
                .multiLabel(config.flag("multi_label", false))
                .fromLogits(config.flag("from_logits", false));
        if (config.has("thresholds")) {
            builder.thresholds(GivenThresholds.read(config).values());
        }
        Rates.read(config, "num_labels").ifPresent(builder::numLabels);
        if (config.has("label_weights")) {
            builder.labelWeights(
                    Arrays.stream(config.numbers("label_weights")).boxed().toList());
        }
        return builder.build();
    }
}
