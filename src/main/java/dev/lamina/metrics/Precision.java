package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** How many of those that are predicted to be positive are: {@code tp / (tp + fp)}, 0 for none. */
public final class Precision extends ThresholdMetric {
    private final GivenThresholds given;
    private final Selection selection;
    private final Variable truePositives;
    private final Variable falsePositives;

    /** Predictions above one half are positive. */
    public Precision() {
        this(List.of(), OptionalInt.empty(), OptionalInt.empty(), MetricOptions.DEFAULT);
    }

    /**
     * @param thresholds what predictions must exceed; with several the result is a vector. None means one half, or all
     *     with topK
     * @param topK only the k largest of a row may be positive
     * @param classId only this class of the last axis is looked at
     */
    public Precision(List<Double> thresholds, OptionalInt topK, OptionalInt classId, MetricOptions options) {
        this(GivenThresholds.of(thresholds), new Selection(topK, classId), options);
    }

    private Precision(GivenThresholds given, Selection selection, MetricOptions options) {
        super(
                options.withDefaultName("precision"),
                given.orElse("precision", selection.topK().isPresent() ? LOWEST : 0.5));
        this.given = given;
        this.selection = selection;
        truePositives = addCounts("true_positives");
        falsePositives = addCounts("false_positives");
    }

    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Confusion counts = count(Pairs.of(this, target, prediction), sampleWeight, selection, List.of(), false);
        truePositives.assignAdd(counts.truePositives());
        falsePositives.assignAdd(counts.falsePositives());
    }

    @Override
    public Tensor result() {
        return perThreshold(Rates.of(truePositives, falsePositives));
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

    static Precision fromConfig(Config config) {
        return new Precision(
                GivenThresholds.read(config),
                new Selection(Rates.read(config, "top_k"), Rates.read(config, "class_id")),
                MetricOptions.fromConfig(config));
    }
}
