package dev.lamina.losses;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.OptionalInt;

/** Integer labels, one for each row of predictions. */
final class Labels {
    private Labels() {}

    /** The labels as integers of the shape of the predictions without the axis of the classes. */
    static Tensor fit(String name, Tensor target, Shape prediction, int axis) {
        Shape t = target.shape();
        Shape rows = prediction.drop(axis);
        boolean column = t.rank() == rows.rank() + 1 && t.size(axis) == 1;
        Shape fitted = column ? t.drop(axis) : t;
        if (!fitted.isCompatibleWith(rows)) {
            throw new ShapeException("[" + name + "] expected integer labels of shape " + rows + " for predictions "
                    + prediction + "; received " + t + ". For one-hot targets use CategoricalCrossentropy.");
        }
        Tensor labels = column ? Ops.reshape(target, fitted.sizes()) : target;
        return labels.dtype().isInteger() ? labels : Ops.cast(labels, DType.INT32);
    }

    /** Whether targets have no axis of classes, or one of size 1, where predictions have one in the end. */
    static boolean areOneForEachRow(Shape target, Shape prediction) {
        if (prediction.rank() < 2 || prediction.size(-1) == 1) {
            return false;
        }
        Shape rows = prediction.drop(-1);
        return target.isCompatibleWith(rows) || target.isCompatibleWith(rows.append(1));
    }

    /** The labels in a type that has negative numbers too. */
    static Tensor signed(Tensor labels) {
        return labels.dtype() == DType.INT64 ? labels : Ops.cast(labels, DType.INT32);
    }

    /** Looks for labels outside of the classes. */
    static void check(String name, HostArray targets, int classes, OptionalInt ignored) {
        for (long i = 0, n = targets.elements(); i < n; i++) {
            double label = targets.getDouble(i);
            if (!targets.dtype().isInteger() && label != Math.rint(label)) {
                throw new DTypeException(
                        "[" + name + "] expected whole numbers as labels; received " + label + " at sample " + i + ".");
            }
            boolean valid = label >= 0 && label < classes || ignored.isPresent() && label == ignored.getAsInt();
            if (!valid) {
                throw new IllegalArgumentException(
                        "[" + name + "] expected labels from 0 to " + (classes - 1) + ", for predictions of " + classes
                                + " classes; received " + (long) label + " at sample " + i + ".");
            }
        }
    }
}
