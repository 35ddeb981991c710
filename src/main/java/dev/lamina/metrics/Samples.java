package dev.lamina.metrics;

import dev.lamina.errors.ShapeException;
import dev.lamina.losses.SampleWeights;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One number a sample, already weighted, and the weights. What lies behind the weights' axes is reduced before, what
 * then lies behind the first axis after weighting, of the weights too.
 */
record Samples(Tensor values, Optional<Tensor> weights) {
    static Samples of(Metric metric, ReductionOp.Kind kind, Tensor values, Optional<Tensor> sampleWeight) {
        Tensor numbers = Ops.cast(values, metric.dtype());
        if (sampleWeight.isEmpty()) {
            return new Samples(behind(kind, numbers, 1), Optional.empty());
        }
        Tensor given = Ops.cast(sampleWeight.get(), metric.dtype());
        Tensor reduced = behind(kind, numbers, given.shape().rank());
        if (reduced.shape().rank() == 0 && given.shape().rank() > 0) {
            throw new ShapeException("[" + metric.name() + "] expected one sample weight for one number; received "
                    + given.shape() + ". Give targets and predictions a batch axis and one more, such as (32, 1).");
        }
        Tensor weights = Ops.broadcastTo(
                SampleWeights.fit(metric.name(), "sample weights", given, reduced.shape()), reduced.shape());
        return new Samples(behind(kind, Ops.multiply(reduced, weights), 1), Optional.of(behind(kind, weights, 1)));
    }

    private static Tensor behind(ReductionOp.Kind kind, Tensor x, int first) {
        int rank = x.shape().rank();
        return rank <= first
                ? x
                : Ops.reduce(kind, x, false, IntStream.range(first, rank).toArray());
    }

    /** How many samples these are, or the sum of their weights. */
    Tensor count() {
        return weights.map(all -> Ops.sum(all))
                .orElseGet(() -> Ops.constant(
                        values.shape().rank() == 0 ? 1 : values.shape().size(0), values.dtype()));
    }
}
