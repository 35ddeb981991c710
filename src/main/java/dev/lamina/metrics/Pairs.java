package dev.lamina.metrics;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;

/** Brings targets and predictions of metrics together. */
final class Pairs {
    private Pairs() {}

    /** Both of one shape and type; a trailing axis of size 1 may be missing on one side. */
    record Pair(Tensor target, Tensor prediction) {}

    static Pair of(Metric metric, Tensor target, Tensor prediction) {
        return of(metric, target, prediction, metric.dtype());
    }

    static Pair of(Metric metric, Tensor target, Tensor prediction, DType dtype) {
        Shape t = target.shape();
        Shape p = prediction.shape();
        Tensor left = target;
        Tensor right = prediction;
        if (t.rank() == p.rank() + 1 && t.size(-1) == 1) {
            if (p.rank() == 1) {
                right = Ops.expandDims(prediction, -1);
            } else {
                left = Ops.reshape(target, t.drop(-1).sizes());
            }
        } else if (t.rank() == p.rank() - 1 && p.size(-1) == 1) {
            if (t.rank() == 1) {
                left = Ops.expandDims(target, -1);
            } else {
                right = Ops.reshape(prediction, p.drop(-1).sizes());
            }
        }
        if (!left.shape().isCompatibleWith(right.shape())) {
            throw new ShapeException("[" + metric.name() + "] expected targets and predictions of the same shape; "
                    + "received targets " + t + " and predictions " + p
                    + ". Nothing is broadcast in a metric: reshape one of them.");
        }
        return new Pair(Ops.cast(left, dtype), Ops.cast(right, dtype));
    }

    /** Integer labels, one for each row of predictions; a trailing axis of size 1 may be too many. */
    static Tensor labels(Metric metric, Tensor target, Tensor prediction) {
        Shape t = target.shape();
        Shape rows = prediction.shape().drop(-1);
        Tensor labels = t.rank() == rows.rank() + 1 && t.size(-1) == 1
                ? Ops.reshape(target, t.drop(-1).sizes())
                : target;
        if (!labels.shape().isCompatibleWith(rows)) {
            throw new ShapeException("[" + metric.name() + "] expected labels of shape " + rows + " for predictions "
                    + prediction.shape() + "; received " + t + ".");
        }
        return labels;
    }
}
