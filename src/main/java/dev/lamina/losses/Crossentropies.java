package dev.lamina.losses;

import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** What the cross-entropies share. */
final class Crossentropies {
    /** Keras's epsilon: probabilities stay this far from 0 and 1. */
    static final double EPSILON = 1e-7;

    /** For losses of one-hot targets, where labels came. */
    static final String WHOLE_LABELS =
            "For whole numbers as labels use SparseCategoricalCrossentropy, or make one-hot rows "
                    + "of them with Ops.oneHot.";

    /** For losses of truth values, where one label came for several numbers. */
    static final String TRUTH_LABELS =
            "For labels of 0 and 1 let the model give one number (Dense(1)). " + WHOLE_LABELS;

    private Crossentropies() {}

    static Tensor clip(Tensor probabilities) {
        return Ops.clip(probabilities, EPSILON, 1 - EPSILON);
    }

    /** The rows scaled to sum 1 and clipped. */
    static Tensor rows(Tensor probabilities) {
        Tensor sums = Ops.reduce(ReductionOp.Kind.SUM, probabilities, true, -1);
        return clip(Ops.divide(probabilities, sums));
    }

    /** The logarithms of the rows' probabilities, scaled to sum 1 and clipped. */
    static Tensor logOfRows(Tensor probabilities) {
        return Ops.log(rows(probabilities));
    }

    /** {@code -(t log p + (1 - t) log(1 - p))} of each element. */
    static Tensor binary(Tensor t, Tensor prediction, boolean fromLogits) {
        if (fromLogits) {
            Tensor tail = Ops.log1p(Ops.exp(Ops.negate(Ops.abs(prediction))));
            return Ops.add(Ops.subtract(NN.relu(prediction), Ops.multiply(prediction, t)), tail);
        }
        Tensor p = clip(prediction);
        Tensor positive = Ops.multiply(t, Ops.log(p));
        Tensor negative = Ops.multiply(Ops.subtract(1, t), Ops.log(Ops.subtract(1, p)));
        return Ops.negate(Ops.add(positive, negative));
    }

    static Tensor smoothBinary(Tensor target, double smoothing) {
        return smoothing == 0 ? target : Ops.add(Ops.multiply(target, 1 - smoothing), smoothing / 2);
    }

    static Tensor smoothRows(Tensor target, double smoothing) {
        int classes = target.shape().size(-1);
        return smoothing == 0 ? target : Ops.add(Ops.multiply(target, 1 - smoothing), smoothing / classes);
    }

    static double smoothing(String where, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    "[" + where + "] expected labelSmoothing from 0 to 1; received " + value + ".");
        }
        return value;
    }
}
