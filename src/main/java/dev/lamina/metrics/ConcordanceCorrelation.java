package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * How far predictions agree with targets, and not only correlate (Lin, 1989): {@code 2 cov / (var t + var p + (mean t -
 * mean p)^2 + 1e-7)} along an axis, averaged over the rest.
 */
public final class ConcordanceCorrelation extends MeanMetric {
    private final int axis;

    /** The default options. */
    public ConcordanceCorrelation() {
        this(-1);
    }

    /** @param axis along which the samples of a correlation lie */
    public ConcordanceCorrelation(int axis) {
        this(axis, MetricOptions.DEFAULT);
    }

    public ConcordanceCorrelation(int axis, MetricOptions options) {
        super(options.withDefaultName("concordance_correlation"));
        this.axis = axis;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        Tensor t = Moments.centred(pair.target(), axis);
        Tensor p = Moments.centred(pair.prediction(), axis);
        Tensor gap = Ops.subtract(Moments.mean(pair.target(), axis), Moments.mean(pair.prediction(), axis));
        Tensor spread = Ops.add(Moments.mean(Ops.square(t), axis), Moments.mean(Ops.square(p), axis));
        Tensor norm = Ops.add(Ops.add(spread, Ops.square(gap)), 1e-7);
        return Ops.mean(Ops.divide(Ops.multiply(Ops.multiply(t, p), 2), norm), axis);
    }

    @Override
    public Map<String, Object> config() {
        return configWith("axis", axis);
    }

    static ConcordanceCorrelation fromConfig(Config config) {
        return new ConcordanceCorrelation(config.integer("axis", -1), MetricOptions.fromConfig(config));
    }
}
