package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.OptionalDouble;

/** {@code 2 precision * recall / (precision + recall)}: {@link FBetaScore} with beta 1. */
public final class F1Score extends FBeta {
    /** The score of each class. */
    public F1Score() {
        this(Average.NONE, OptionalDouble.empty(), MetricOptions.DEFAULT);
    }

    /** @param threshold what a prediction must exceed to count; none means that the largest of a row does */
    public F1Score(Average average, OptionalDouble threshold, MetricOptions options) {
        super(options.withDefaultName("f1_score"), average, 1, threshold);
    }

    static F1Score fromConfig(Config config) {
        return new F1Score(
                Average.read(config),
                config.has("threshold") ? OptionalDouble.of(config.number("threshold")) : OptionalDouble.empty(),
                MetricOptions.fromConfig(config));
    }
}
