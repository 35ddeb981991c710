package dev.lamina.metrics;

import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One of the four counts, at thresholds. */
public abstract class ConditionCount extends ThresholdMetric {
    private final GivenThresholds given;
    private final Variable accumulator;

    ConditionCount(MetricOptions options, GivenThresholds given) {
        super(options, given.orElse(options.name(), 0.5));
        this.given = given;
        accumulator = addCounts("accumulator");
    }

    abstract Tensor counted(Confusion confusion);

    @Override
    protected final void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Pairs.Pair batch = Pairs.of(this, target, prediction);
        accumulator.assignAdd(counted(count(batch, sampleWeight, Selection.ALL, List.of(), false)));
    }

    @Override
    public final Tensor result() {
        return perThreshold(accumulator);
    }

    @Override
    public final Map<String, Object> config() {
        return configWith("thresholds", given.written());
    }
}
