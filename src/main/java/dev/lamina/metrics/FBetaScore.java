package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * {@code (1 + b^2) precision * recall / (b^2 precision + recall)} for targets of 0 and 1 and predictions of shape
 * {@code (batch, classes)}: recall counts b times as much as precision (van Rijsbergen, 1979).
 */
public final class FBetaScore extends FBeta {
    /** The score of each class, precision and recall counting the same. */
    public FBetaScore() {
        this(Average.NONE, 1, OptionalDouble.empty(), MetricOptions.DEFAULT);
    }

    /** @param threshold what a prediction must exceed to count; none means that the largest of a row does */
    public FBetaScore(Average average, double beta, OptionalDouble threshold, MetricOptions options) {
        super(options.withDefaultName("fbeta_score"), average, beta, threshold);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("beta", betaValue());
        return config;
    }

    static FBetaScore fromConfig(Config config) {
        return new FBetaScore(
                Average.read(config),
                config.number("beta", 1),
                config.has("threshold") ? OptionalDouble.of(config.number("threshold")) : OptionalDouble.empty(),
                MetricOptions.fromConfig(config));
    }
}
