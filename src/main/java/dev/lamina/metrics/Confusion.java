package dev.lamina.metrics;

import dev.lamina.ops.IndexOp;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;

/**
 * Sums of weights by whether prediction and target are positive, one for each threshold; {@code (thresholds,)}, or
 * {@code (thresholds, labels)} where labels are kept apart.
 */
record Confusion(Tensor truePositives, Tensor falsePositives, Tensor trueNegatives, Tensor falseNegatives) {
    /**
     * @param target 0 or 1, like all of shape {@code (samples, labels)}
     * @param byLabel whether labels are kept apart
     */
    static Confusion of(Thresholds thresholds, Tensor target, Tensor prediction, Tensor weights, boolean byLabel) {
        Tensor positive = Ops.multiply(target, weights);
        Tensor negative = Ops.multiply(Ops.subtract(1, target), weights);
        int labels = byLabel ? prediction.shape().size(1) : 1;
        Tensor both = Ops.concat(List.of(column(positive, labels), column(negative, labels)), 2);
        // (labels, samples) and (labels, samples, 2) give (labels, thresholds, 2).
        Tensor above = thresholds.even()
                ? sorted(thresholds, rows(prediction, labels), both)
                : compared(thresholds, rows(prediction, labels), both);
        Tensor totals = Ops.sum(both, 1);
        return new Confusion(
                part(above, 0, byLabel),
                part(above, 1, byLabel),
                Ops.subtract(total(totals, 1, byLabel), part(above, 1, byLabel)),
                Ops.subtract(total(totals, 0, byLabel), part(above, 0, byLabel)));
    }

    private static Tensor rows(Tensor x, int labels) {
        int samples = Math.toIntExact(x.shape().elements() / Math.max(1, labels));
        return labels == 1 ? Ops.reshape(x, 1, samples) : Ops.transpose(Ops.reshape(x, samples, labels), 1, 0);
    }

    private static Tensor column(Tensor x, int labels) {
        return Ops.expandDims(rows(x, labels), -1);
    }

    /** Compares every prediction with every threshold. */
    private static Tensor compared(Thresholds thresholds, Tensor predictions, Tensor both) {
        Tensor limits = Ops.reshape(thresholds.tensor(predictions.dtype()), 1, thresholds.count(), 1);
        Tensor above = Ops.greater(Ops.expandDims(predictions, 1), limits);
        return Ops.matmul(Ops.cast(above, predictions.dtype()), both);
    }

    /** Sorts the predictions into the parts between thresholds and sums the parts from the upper end. */
    private static Tensor sorted(Thresholds thresholds, Tensor predictions, Tensor both) {
        int labels = predictions.shape().size(0);
        int count = thresholds.count();
        DType type = predictions.dtype();
        // How many thresholds are below: a prediction equal to one does not exceed it.
        Tensor below = Ops.ceil(Ops.multiply(Ops.clip(predictions, 0, 1), count - 1));
        if (thresholds.isWidened()) {
            below = Ops.maximum(below, 1);
        }
        Tensor any = Ops.cast(Ops.greater(below, 0), type);
        Tensor bin = Ops.cast(Ops.maximum(Ops.subtract(below, 1), 0), DType.INT32);
        Tensor first = Ops.multiply(Ops.range(0, labels, DType.INT32), count);
        Tensor index = Ops.reshape(Ops.add(bin, Ops.expandDims(first, 1)), -1);
        Tensor amounts = Ops.reshape(
                Ops.multiply(both, Ops.expandDims(any, -1)), index.shape().size(0), 2);
        Tensor bins = Ops.apply(new IndexOp.ScatterAdd(labels * count), index, amounts);
        Tensor byKind = Ops.transpose(Ops.reshape(bins, labels, count, 2), 0, 2, 1);
        return Ops.transpose(Numerics.sumToEnd(byKind), 0, 2, 1);
    }

    /** From {@code (labels, thresholds, 2)} the positive or negative ones as {@code (thresholds[, labels])}. */
    private static Tensor part(Tensor above, int kind, boolean byLabel) {
        Shape shape = above.shape();
        Tensor slice = Ops.slice(above, new int[] {0, 0, kind}, new int[] {shape.size(0), shape.size(1), 1});
        Tensor table = Ops.reshape(slice, shape.size(0), shape.size(1));
        return byLabel ? Ops.transpose(table, 1, 0) : Ops.reshape(table, shape.size(1));
    }

    private static Tensor total(Tensor totals, int kind, boolean byLabel) {
        int labels = totals.shape().size(0);
        Tensor column = Ops.reshape(Ops.slice(totals, new int[] {0, kind}, new int[] {labels, 1}), labels);
        return byLabel ? Ops.reshape(column, 1, labels) : column;
    }
}
