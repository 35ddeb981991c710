package dev.lamina.metrics;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The options of an {@link AUC}. */
public final class AucBuilder {
    private MetricOptions options = MetricOptions.DEFAULT;
    private int numThresholds = 200;
    Optional<List<Double>> inner = Optional.empty();
    AUC.Curve curve = AUC.Curve.ROC;
    AUC.SummationMethod summationMethod = AUC.SummationMethod.INTERPOLATION;
    boolean multiLabel;
    OptionalInt numLabels = OptionalInt.empty();
    List<Double> labelWeights = List.of();
    boolean fromLogits;

    AucBuilder() {}

    AucBuilder copy() {
        AucBuilder copy = new AucBuilder();
        copy.inner = inner;
        copy.curve = curve;
        copy.summationMethod = summationMethod;
        copy.multiLabel = multiLabel;
        copy.numLabels = numLabels;
        copy.labelWeights = labelWeights;
        copy.fromLogits = fromLogits;
        return copy;
    }

    MetricOptions options() {
        return options.withDefaultName("auc");
    }

    Thresholds thresholds() {
        String where = options().name();
        return inner.map(values -> Thresholds.curve(where, values))
                .orElseGet(() -> Thresholds.curve(where, numThresholds));
    }

    /** Name and type. */
    public AucBuilder options(MetricOptions newOptions) {
        options = newOptions;
        return this;
    }

    /** How many points the curve has, 200 by default. */
    public AucBuilder numThresholds(int count) {
        numThresholds = count;
        return this;
    }

    /** The thresholds between 0 and 1, instead of equally spaced ones; the ends are added. */
    public AucBuilder thresholds(List<Double> thresholds) {
        inner = Optional.of(List.copyOf(thresholds));
        return this;
    }

    public AucBuilder curve(AUC.Curve newCurve) {
        curve = newCurve;
        return this;
    }

    public AucBuilder summationMethod(AUC.SummationMethod method) {
        summationMethod = method;
        return this;
    }

    /** Whether each label has a curve of its own, whose areas are averaged; false by default. */
    public AucBuilder multiLabel(boolean on) {
        multiLabel = on;
        return this;
    }

    /** How many labels there are, so that the state need not wait for the first batch; with multiLabel only. */
    public AucBuilder numLabels(int count) {
        numLabels = OptionalInt.of(count);
        return this;
    }

    /** One weight for each label: of its area with multiLabel, else of its predictions. */
    public AucBuilder labelWeights(List<Double> weights) {
        labelWeights = List.copyOf(weights);
        return this;
    }

    /** Whether predictions are logits rather than probabilities; false by default. */
    public AucBuilder fromLogits(boolean on) {
        fromLogits = on;
        return this;
    }

    /** Makes the metric. */
    public AUC build() {
        return new AUC(this);
    }
}
