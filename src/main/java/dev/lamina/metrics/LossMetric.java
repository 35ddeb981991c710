package dev.lamina.metrics;

import dev.lamina.losses.Loss;
import dev.lamina.losses.SampleWeights;
import dev.lamina.tensor.Tensor;
import java.util.Optional;

/** A loss as a metric: the weighted mean of what it gives for each sample, whatever its reduction. */
public final class LossMetric extends MeanMetric {
    private final Loss loss;

    public LossMetric(Loss loss) {
        this(loss, MetricOptions.DEFAULT);
    }

    public LossMetric(Loss loss, MetricOptions options) {
        super(options.withDefaultName(loss.name()));
        this.loss = loss;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return loss.elements(target, prediction).values();
    }

    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Loss.Elements elements = loss.elements(target, prediction);
        // As in Keras an ignored class counts as a loss of 0 unless there are weights to set to 0.
        Optional<Tensor> weights = sampleWeight.isPresent()
                ? SampleWeights.merge(name(), sampleWeight, elements.mask(), false, dtype())
                : sampleWeight;
        accumulateValues(elements.values(), weights);
    }
}
