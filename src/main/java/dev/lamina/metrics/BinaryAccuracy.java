package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** How many predictions are on the right side of a threshold, for targets of 0 and 1. */
public final class BinaryAccuracy extends MeanMetric {
    private final double threshold;

    /** The default options. */
    public BinaryAccuracy() {
        this(0.5);
    }

    /** @param threshold above it a prediction counts as 1 */
    public BinaryAccuracy(double threshold) {
        this(threshold, MetricOptions.DEFAULT);
    }

    public BinaryAccuracy(double threshold, MetricOptions options) {
        super(options.withDefaultName("binary_accuracy"));
        this.threshold = threshold;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        Tensor positive = Ops.greater(pair.prediction(), threshold);
        return Ops.cast(Ops.equal(pair.target(), Ops.cast(positive, dtype())), dtype());
    }

    @Override
    public Map<String, Object> config() {
        return configWith("threshold", threshold);
    }

    static BinaryAccuracy fromConfig(Config config) {
        return new BinaryAccuracy(config.number("threshold", 0.5), MetricOptions.fromConfig(config));
    }
}
