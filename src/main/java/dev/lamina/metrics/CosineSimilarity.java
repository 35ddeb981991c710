package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** {@code sum(t p)} along an axis, of targets and predictions scaled to length 1; 1 is the same direction. */
public final class CosineSimilarity extends MeanMetric {
    private final int axis;

    /** The default options. */
    public CosineSimilarity() {
        this(-1);
    }

    /** @param axis along which the vectors lie */
    public CosineSimilarity(int axis) {
        this(axis, MetricOptions.DEFAULT);
    }

    public CosineSimilarity(int axis, MetricOptions options) {
        super(options.withDefaultName("cosine_similarity"));
        this.axis = axis;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        return Ops.sum(
                Ops.multiply(Numerics.normalize(pair.target(), axis), Numerics.normalize(pair.prediction(), axis)),
                axis);
    }

    @Override
    public Map<String, Object> config() {
        // Keras forgets the axis, but reads it.
        return axis == -1 ? super.config() : configWith("axis", axis);
    }

    static CosineSimilarity fromConfig(Config config) {
        return new CosineSimilarity(config.integer("axis", -1), MetricOptions.fromConfig(config));
    }
}
