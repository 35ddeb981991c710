package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The share of the true positives among them and one other count, {@code tp / (tp + other)}, 0 for none. */
public abstract class PositiveShare extends ThresholdMetric {
    /** What is looked at, and where a prediction counts as positive. */
    record Choice(GivenThresholds given, Selection selection) {
        static Choice fromConfig(Config config) {
            return new Choice(
                    GivenThresholds.read(config),
                    new Selection(Rates.read(config, "top_k"), Rates.read(config, "class_id")));
        }

        /** With topK all of the largest may be positive, whatever their values. */
        Thresholds thresholds(String where) {
            return given.orElse(where, selection.topK().isPresent() ? LOWEST : 0.5);
        }
    }

    private final Choice choice;
    private final Variable truePositives;
    private final Variable others;

    PositiveShare(String defaultName, Choice choice, String others, MetricOptions options) {
        super(options.withDefaultName(defaultName), choice.thresholds(defaultName));
        this.choice = choice;
        truePositives = addCounts("true_positives");
        this.others = addCounts(others);
    }

    /** The other count of a batch. */
    abstract Tensor others(Confusion counts);

    @Override
    protected final void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Confusion counts =
                count(Pairs.of(this, target, prediction), sampleWeight, choice.selection(), List.of(), false);
        truePositives.assignAdd(counts.truePositives());
        others.assignAdd(others(counts));
    }

    @Override
    public final Tensor result() {
        return perThreshold(Rates.of(truePositives, others));
    }

    @Override
    public final Map<String, Object> config() {
        return configWith(
                "thresholds",
                choice.given().written(),
                "top_k",
                Rates.boxed(choice.selection().topK()),
                "class_id",
                Rates.boxed(choice.selection().classId()));
    }
}
