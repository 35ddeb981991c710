package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.OptionalInt;

/**
 * How classes are read for an intersection over union.
 *
 * @param numClasses labels outside of {@code [0, numClasses)} don't count
 * @param ignoreClass a label whose elements don't count
 * @param sparseYTrue whether targets are labels, rather than one-hot along the axis
 * @param sparseYPred whether predictions are labels, rather than scores along the axis
 * @param axis of the classes, where they are not labels
 */
public record IoUOptions(int numClasses, OptionalInt ignoreClass, boolean sparseYTrue, boolean sparseYPred, int axis) {
    public IoUOptions {
        if (numClasses < 1) {
            throw new IllegalArgumentException("[iou] expected at least one class; received " + numClasses + ".");
        }
    }

    /** Labels on both sides, none ignored. */
    public static IoUOptions of(int numClasses) {
        return new IoUOptions(numClasses, OptionalInt.empty(), true, true, -1);
    }

    /** One-hot targets and rows of scores, none ignored. */
    public static IoUOptions oneHot(int numClasses) {
        return new IoUOptions(numClasses, OptionalInt.empty(), false, false, -1);
    }

    public IoUOptions withIgnoreClass(int label) {
        return new IoUOptions(numClasses, OptionalInt.of(label), sparseYTrue, sparseYPred, axis);
    }

    public IoUOptions withSparseYTrue(boolean sparse) {
        return new IoUOptions(numClasses, ignoreClass, sparse, sparseYPred, axis);
    }

    public IoUOptions withSparseYPred(boolean sparse) {
        return new IoUOptions(numClasses, ignoreClass, sparseYTrue, sparse, axis);
    }

    public IoUOptions withAxis(int newAxis) {
        return new IoUOptions(numClasses, ignoreClass, sparseYTrue, sparseYPred, newAxis);
    }

    static IoUOptions read(Config config, IoUOptions absent) {
        return new IoUOptions(
                config.integer("num_classes"),
                Rates.read(config, "ignore_class"),
                config.flag("sparse_y_true", absent.sparseYTrue),
                config.flag("sparse_y_pred", absent.sparseYPred),
                config.integer("axis", -1));
    }
}
