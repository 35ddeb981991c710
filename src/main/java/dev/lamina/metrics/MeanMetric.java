package dev.lamina.metrics;

import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * A metric that is the weighted mean of one number a sample; 0 before any. What a sample has behind its first axis
 * (positions, for instance) is averaged first. One of your own gives {@link #perSample}.
 */
public abstract class MeanMetric extends Metric {
    private final Variable total;
    private final Variable count;

    protected MeanMetric(String name) {
        this(MetricOptions.named(name));
    }

    protected MeanMetric(MetricOptions options) {
        super(options);
        total = addState("total", Shape.scalar());
        count = addState("count", Shape.scalar());
    }

    /**
     * The mean of a function of targets and predictions that gives one number a sample, or one for each position. In
     * files it goes by its name; {@code Metrics.register(name, config -> MeanMetric.of(name, perSample))} lets them be
     * read.
     */
    public static MeanMetric of(String name, BinaryOperator<Tensor> perSample) {
        return new FunctionMetric(MetricOptions.named(name), perSample);
    }

    /** One number a sample, or one for each of its positions. */
    protected abstract Tensor perSample(Tensor target, Tensor prediction);

    @Override
    protected final boolean usesMask() {
        return true;
    }

    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        accumulateValues(perSample(target, prediction), sampleWeight);
    }

    /** Adds numbers of any shape, weighted by weights of their leading axes. */
    protected final void accumulateValues(Tensor values, Optional<Tensor> sampleWeight) {
        Samples samples = Samples.of(this, ReductionOp.Kind.MEAN, values, sampleWeight);
        total.assignAdd(Ops.sum(samples.values()));
        count.assignAdd(samples.count());
    }

    /** Adds a sum over so many samples. */
    protected final void accumulateSum(Tensor sum, double samples) {
        total.assignAdd(sum);
        count.assignAdd(Ops.constant(samples, dtype()));
    }

    @Override
    public Tensor result() {
        return Numerics.divideNoNan(total, count);
    }
}
