package dev.lamina.losses;

import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** What the cross-entropies share. */
final class Crossentropies {
    /** Keras's epsilon: probabilities stay this far from 0 and 1. */
    static final double EPSILON = 1e-7;

    private Crossentropies() {}

    static Tensor clip(Tensor probabilities) {
        return Ops.clip(probabilities, EPSILON, 1 - EPSILON);
    }

    /** The logarithms of the rows' probabilities, scaled to sum 1 and clipped. */
    static Tensor logOfRows(Tensor probabilities) {
        Tensor sums = Ops.reduce(ReductionOp.Kind.SUM, probabilities, true, -1);
        return Ops.log(clip(Ops.divide(probabilities, sums)));
    }

    static double smoothing(String where, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    "[" + where + "] expected labelSmoothing from 0 to 1; received " + value + ".");
        }
        return value;
    }
}
