package dev.lamina.metrics;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;

/** Whether a class is among the largest of a row. */
final class TopK {
    private TopK() {}

    /**
     * 1 where less than k elements of the row are larger than that of the label, else 0; equal ones don't push it out.
     */
    static Tensor holds(Tensor prediction, Tensor labels, int k, DType dtype) {
        int classes = prediction.shape().size(-1);
        Tensor values = Ops.cast(prediction, dtype);
        Tensor hot = Ops.equal(Ops.range(0, classes, DType.INT32), Ops.expandDims(labels, -1));
        Tensor zero = Ops.constant(0, dtype);
        Tensor own = Ops.expandDims(Ops.sum(Ops.where(hot, values, zero), -1), -1);
        Tensor larger = Ops.sum(Ops.cast(Ops.greater(values, own), dtype), -1);
        return Ops.cast(Ops.less(larger, k), dtype);
    }

    /** 1 where the label is one of the first k numbers of the row. */
    static Tensor holdsSorted(Tensor prediction, Tensor labels, int k, DType dtype) {
        int classes = prediction.shape().size(-1);
        Tensor first = Ops.less(Ops.range(0, classes, DType.INT32), k);
        Tensor same = Ops.equal(prediction, Ops.expandDims(Ops.cast(labels, prediction.dtype()), -1));
        return Ops.max(Ops.cast(Ops.logicalAnd(first, same), dtype), -1);
    }

    static int check(String name, int k) {
        if (k < 1) {
            throw new IllegalArgumentException("[" + name + "] expected k of at least 1; received " + k + ".");
        }
        return k;
    }
}
