package dev.lamina.metrics;

import dev.lamina.tensor.Tensor;
import java.util.function.BinaryOperator;

/** The mean of what a function gives for each sample. */
final class FunctionMetric extends MeanMetric {
    private final BinaryOperator<Tensor> function;

    FunctionMetric(MetricOptions options, BinaryOperator<Tensor> function) {
        super(options);
        this.function = function;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return function.apply(target, prediction);
    }
}
