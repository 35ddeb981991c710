package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Optional;

/** The weighted sum of numbers. */
public final class Sum extends Metric {
    private final Variable total;

    /** The default options. */
    public Sum() {
        this(MetricOptions.DEFAULT);
    }

    public Sum(MetricOptions options) {
        super(options.withDefaultName("sum"));
        total = addState("total", Shape.scalar());
    }

    /** Takes in numbers of any shape. */
    public void updateValues(Tensor values) {
        add(values, Optional.empty());
    }

    /** Takes in numbers of any shape, weighted by weights of their leading axes. */
    public void updateValues(Tensor values, Tensor sampleWeight) {
        add(values, Optional.of(sampleWeight));
    }

    /** The predictions, whatever the target. */
    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        add(prediction, sampleWeight);
    }

    private void add(Tensor values, Optional<Tensor> sampleWeight) {
        total.assignAdd(Ops.sum(
                Samples.of(this, ReductionOp.Kind.SUM, values, sampleWeight).values()));
    }

    @Override
    public Tensor result() {
        // A copy: the state goes on changing.
        return Ops.add(total, 0);
    }

    static Sum fromConfig(Config config) {
        return new Sum(MetricOptions.fromConfig(config));
    }
}
