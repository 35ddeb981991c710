package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** How often an integer label is among the k largest predictions of a row. */
public final class SparseTopKCategoricalAccuracy extends MeanMetric {
    private final int k;
    private final boolean fromSortedIds;

    /** The five largest. */
    public SparseTopKCategoricalAccuracy() {
        this(5);
    }

    /** @param k how many predictions are looked at */
    public SparseTopKCategoricalAccuracy(int k) {
        this(k, false, MetricOptions.DEFAULT);
    }

    /** @param fromSortedIds whether predictions are the numbers of the classes, the likeliest first */
    public SparseTopKCategoricalAccuracy(int k, boolean fromSortedIds, MetricOptions options) {
        super(options.withDefaultName("sparse_top_k_categorical_accuracy"));
        this.k = TopK.check(name(), k);
        this.fromSortedIds = fromSortedIds;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor labels = Pairs.labels(this, target, prediction);
        return fromSortedIds
                ? TopK.holdsSorted(prediction, labels, k, dtype())
                : TopK.holds(prediction, Ops.cast(labels, DType.INT32), k, dtype());
    }

    @Override
    public Map<String, Object> config() {
        return fromSortedIds ? configWith("k", k, "from_sorted_ids", true) : configWith("k", k);
    }

    static SparseTopKCategoricalAccuracy fromConfig(Config config) {
        return new SparseTopKCategoricalAccuracy(
                config.integer("k", 5), config.flag("from_sorted_ids", false), MetricOptions.fromConfig(config));
    }
}
