package dev.lamina.losses;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;

/**
 * What training makes small. A loss gives one number a sample (and position, for sequences and images); {@link #apply}
 * averages them over all samples and positions. One of your own overrides {@link #perSample}.
 */
public abstract class Loss {
    private final String name;

    protected Loss(String name) {
        this.name = name;
    }

    public final String name() {
        return name;
    }

    /** One number a sample, from targets and predictions that {@link #align} has brought together. */
    protected abstract Tensor perSample(Tensor target, Tensor prediction);

    /**
     * Brings the targets to the predictions' shape and type; by default a trailing axis of size 1 may be missing or too
     * many.
     */
    protected Tensor align(Tensor target, Tensor prediction) {
        return sameShape(name, target, prediction);
    }

    /** The scalar loss: the sum of {@link #perSample} divided by the number of its elements. */
    public final Tensor apply(Tensor target, Tensor prediction) {
        return Ops.mean(perSample(align(target, prediction), prediction));
    }

    /**
     * Looks at targets on the host before training: wrong ones give an error instead of a wrong loss.
     *
     * @param prediction what the model gives for a batch
     */
    public void checkTargets(HostArray targets, TensorSpec prediction) {}

    /** The target cast and, but for a trailing 1, unchanged; shapes that still differ are a {@link ShapeException}. */
    protected static Tensor sameShape(String name, Tensor target, Tensor prediction) {
        Shape t = target.shape();
        Shape p = prediction.shape();
        Tensor aligned = target;
        if (t.rank() == p.rank() + 1 && t.size(-1) == 1) {
            aligned = Ops.reshape(target, t.drop(-1).sizes());
        } else if (t.rank() == p.rank() - 1 && p.size(-1) == 1) {
            aligned = Ops.reshape(target, t.append(1).sizes());
        }
        if (!aligned.shape().isCompatibleWith(p)) {
            throw new ShapeException(
                    "[" + name + "] expected targets and predictions of the same shape; received targets " + t
                            + " and predictions " + p + ". Nothing is broadcast in a loss: reshape one of them.");
        }
        return Ops.cast(aligned, prediction.dtype());
    }
}
