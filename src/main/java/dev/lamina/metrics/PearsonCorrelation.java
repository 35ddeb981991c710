package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** The correlation coefficient of targets and predictions along an axis, averaged over the rest (Pearson, 1895). */
public final class PearsonCorrelation extends MeanMetric {
    private final int axis;

    /** The default options. */
    public PearsonCorrelation() {
        this(-1);
    }

    /** @param axis along which the samples of a correlation lie */
    public PearsonCorrelation(int axis) {
        this(axis, MetricOptions.DEFAULT);
    }

    public PearsonCorrelation(int axis, MetricOptions options) {
        super(options.withDefaultName("pearson_correlation"));
        this.axis = axis;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        return Ops.mean(Ops.multiply(standard(pair.target()), standard(pair.prediction())), axis);
    }

    private Tensor standard(Tensor x) {
        Tensor centred = Moments.centred(x, axis);
        return Ops.divide(centred, Ops.sqrt(Moments.mean(Ops.square(centred), axis)));
    }

    @Override
    public Map<String, Object> config() {
        return configWith("axis", axis);
    }

    static PearsonCorrelation fromConfig(Config config) {
        return new PearsonCorrelation(config.integer("axis", -1), MetricOptions.fromConfig(config));
    }
}
