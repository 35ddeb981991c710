package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** How often the target's class is among the k largest predictions of a row, for one-hot targets. */
public final class TopKCategoricalAccuracy extends MeanMetric {
    private final int k;

    /** The default options. */
    public TopKCategoricalAccuracy() {
        this(5);
    }

    /** @param k how many predictions are looked at */
    public TopKCategoricalAccuracy(int k) {
        this(k, MetricOptions.DEFAULT);
    }

    public TopKCategoricalAccuracy(int k, MetricOptions options) {
        super(options.withDefaultName("top_k_categorical_accuracy"));
        this.k = TopK.check(name(), k);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        return TopK.holds(pair.prediction(), Ops.argmax(pair.target(), -1), k, dtype());
    }

    @Override
    public Map<String, Object> config() {
        return configWith("k", k);
    }

    static TopKCategoricalAccuracy fromConfig(Config config) {
        return new TopKCategoricalAccuracy(config.integer("k", 5), MetricOptions.fromConfig(config));
    }
}
