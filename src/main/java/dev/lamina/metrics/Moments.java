package dev.lamina.metrics;

import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** Means along an axis, which stays with size 1. */
final class Moments {
    private Moments() {}

    static Tensor mean(Tensor x, int axis) {
        return Ops.reduce(ReductionOp.Kind.MEAN, x, true, axis);
    }

    static Tensor centred(Tensor x, int axis) {
        return Ops.subtract(x, mean(x, axis));
    }
}
