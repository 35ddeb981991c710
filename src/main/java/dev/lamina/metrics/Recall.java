package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** How many of the positive ones are predicted to be: {@code tp / (tp + fn)}, 0 for none. */
public final class Recall extends ThresholdMetric {
    private final GivenThresholds given;
    private final Selection selection;
    private final Variable truePositives;
    private final Variable falseNegatives;

    /** Predictions above one half are positive. */
    public Recall() {
        this(List.of(), OptionalInt.empty(), OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param thresholds what predictions must exceed; with several the result is a vector. None means one half, or all
     *     with topK
     * @param topK only the k largest of a row may be positive
     * @param classId only this class of the last axis is looked at
     */
    public Recall(List<Double> thresholds, OptionalInt topK, OptionalInt classId, MetricOptions options) {
        this(GivenThresholds.of(thresholds), new Selection(topK, classId), options);
    }

    private Recall(GivenThresholds given, Selection selection, MetricOptions options) {
        super(
                options.withDefaultName("recall"),
                given.orElse("recall", selection.topK().isPresent() ? LOWEST : 0.5));
        this.given = given;
        this.selection = selection;
        truePositives = addCounts("true_positives");
        falseNegatives = addCounts("false_negatives");
    }

    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Confusion counts = count(Pairs.of(this, target, prediction), sampleWeight, selection, List.of(), false);
        truePositives.assignAdd(counts.truePositives());
        falseNegatives.assignAdd(counts.falseNegatives());
    }

    @Override
    public Tensor result() {
        return perThreshold(Rates.of(truePositives, falseNegatives));
    }

    @Override
    public Map<String, Object> config() {
        return configWith(
                "thresholds",
                given.written(),
                "top_k",
                Rates.boxed(selection.topK()),
                "class_id",
                Rates.boxed(selection.classId()));
    }

    static Recall fromConfig(Config config) {
        return new Recall(
                GivenThresholds.read(config),
                new Selection(Rates.read(config, "top_k"), Rates.read(config, "class_id")),
                MetricOptions.fromConfig(config));
    }
}
