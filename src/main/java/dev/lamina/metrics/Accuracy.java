package dev.lamina.metrics;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;

/** The fraction of predictions that are right. */
public final class Accuracy extends MeanMetric {
    /** What the targets look like. */
    public enum Kind {
        /** 0 or 1 against a probability: right if it is on the same side of one half. */
        BINARY,
        /** One-hot rows against rows of scores: right if the largest is at the same place. */
        CATEGORICAL,
        /** Integer labels against rows of scores. */
        SPARSE
    }

    private final Kind kind;

    public Accuracy(String name, Kind kind) {
        super(name);
        this.kind = kind;
    }

    /** Which accuracy Keras's "accuracy" means for targets and predictions of these shapes. */
    public static Kind kindFor(Shape target, Shape prediction) {
        if (prediction.rank() == 0 || prediction.size(-1) == 1 || prediction.rank() == 1) {
            return Kind.BINARY;
        }
        boolean sparse = target.rank() < prediction.rank() || target.size(-1) == 1;
        return sparse ? Kind.SPARSE : Kind.CATEGORICAL;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return switch (kind) {
            case BINARY -> {
                Tensor half = Ops.constant(0.5, prediction.dtype());
                Tensor t = Ops.cast(fit(target, prediction.shape()), prediction.dtype());
                yield equal(Ops.greater(t, half), Ops.greater(prediction, half));
            }
            case CATEGORICAL -> equal(Ops.argmax(fit(target, prediction.shape()), -1), Ops.argmax(prediction, -1));
            case SPARSE -> {
                Tensor labels = Ops.cast(fit(target, prediction.shape().drop(-1)), DType.INT32);
                yield equal(labels, Ops.argmax(prediction, -1));
            }
        };
    }

    private static Tensor equal(Tensor a, Tensor b) {
        return Ops.cast(Ops.equal(a, b), DType.FLOAT32);
    }

    /** The tensor without, or with, a trailing axis of size 1. */
    private Tensor fit(Tensor tensor, Shape shape) {
        Shape found = tensor.shape();
        if (found.isCompatibleWith(shape)) {
            return tensor;
        }
        if (found.rank() == shape.rank() + 1
                && found.size(-1) == 1
                && found.drop(-1).isCompatibleWith(shape)) {
            return Ops.reshape(tensor, found.drop(-1).sizes());
        }
        if (found.rank() == shape.rank() - 1
                && shape.size(-1) == 1
                && found.append(1).isCompatibleWith(shape)) {
            return Ops.reshape(tensor, found.append(1).sizes());
        }
        throw new ShapeException("[" + name() + "] expected targets of shape " + shape + "; received " + found + ".");
    }
}
