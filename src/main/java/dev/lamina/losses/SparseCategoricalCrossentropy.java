package dev.lamina.losses;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;

/**
 * {@code -log p[label]} for integer labels {@code (batch, ...)} and predictions {@code (batch, ..., classes)}:
 * probabilities, scaled to sum 1 and clipped to {@code [1e-7, 1 - 1e-7]}, or logits.
 */
public final class SparseCategoricalCrossentropy extends Loss {
    private final boolean fromLogits;

    /** For probabilities. */
    public SparseCategoricalCrossentropy() {
        this(false);
    }

    public SparseCategoricalCrossentropy(boolean fromLogits) {
        super("sparse_categorical_crossentropy");
        this.fromLogits = fromLogits;
    }

    @Override
    protected Aligned align(Tensor target, Tensor prediction) {
        Shape t = target.shape();
        Shape rows = prediction.shape().drop(-1);
        Tensor labels = t.rank() == rows.rank() + 1 && t.size(-1) == 1
                ? Ops.reshape(target, t.drop(-1).sizes())
                : target;
        if (!labels.shape().isCompatibleWith(rows)) {
            throw new ShapeException("[" + name() + "] expected integer labels of shape " + rows + " for predictions "
                    + prediction.shape() + "; received " + t + ". For one-hot targets use CategoricalCrossentropy.");
        }
        return new Aligned(labels.dtype().isInteger() ? labels : Ops.cast(labels, DType.INT32), prediction);
    }

    @Override
    protected Tensor perSample(Tensor labels, Tensor prediction) {
        if (fromLogits) {
            return NN.sparseCrossEntropy(prediction, labels);
        }
        Tensor hot = Ops.oneHot(labels, prediction.shape().size(-1), prediction.dtype());
        return Ops.negate(Ops.sum(Ops.multiply(hot, Crossentropies.logOfRows(prediction)), -1));
    }

    @Override
    public void checkTargets(HostArray targets, TensorSpec prediction) {
        int classes = prediction.shape().size(-1);
        for (long i = 0, n = targets.elements(); i < n; i++) {
            double label = targets.getDouble(i);
            if (!targets.dtype().isInteger() && label != Math.rint(label)) {
                throw new DTypeException("[" + name() + "] expected whole numbers as labels; received " + label
                        + " at sample " + i + ".");
            }
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException(
                        "[" + name() + "] expected labels from 0 to " + (classes - 1) + ", for predictions of "
                                + classes + " classes; received " + (long) label + " at sample " + i + ".");
            }
        }
    }
}
