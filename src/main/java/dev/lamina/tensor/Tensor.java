package dev.lamina.tensor;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A dense row-major array of one element type. A tensor is concrete (has values on a device), traced (a value of a
 * program being recorded), symbolic (only a shape and type), or a {@link Variable}. Layers never need to know which.
 */
public abstract class Tensor {
    private final TensorSpec spec;
    private volatile @Nullable Tensor mask;

    protected Tensor(TensorSpec spec) {
        this.spec = spec;
    }

    public final TensorSpec spec() {
        return spec;
    }

    public final Shape shape() {
        return spec.shape();
    }

    public final DType dtype() {
        return spec.dtype();
    }

    /**
     * Which of the positions count, if a layer said so (Keras's {@code _keras_mask}): a bool tensor, mostly of the
     * leading axes {@code (batch, time)}, false where later layers, the loss and the metrics should look away. Layers
     * pass it on; ops don't.
     */
    public final Optional<Tensor> mask() {
        return Optional.ofNullable(mask);
    }

    /**
     * Attaches a mask; layers do so by {@code computeMask}. Not a variable's affair, which outlives its mask: there it
     * is ignored.
     */
    public final void setMask(Tensor newMask) {
        if (newMask.dtype() != DType.BOOL) {
            throw new DTypeException("[" + name() + "] expected a bool mask; received " + newMask.spec()
                    + ". Compare with something, for instance Ops.notEqual(x, Ops.constant(0, x.dtype())).");
        }
        if (!(this instanceof Variable)) {
            mask = newMask;
        }
    }

    /** What made this tensor, for messages: {@code dense_1/output}. */
    public abstract String name();

    /**
     * Copies the values to the host; waits for the device. A tensor without values is a
     * {@link dev.lamina.errors.TracedValueException}.
     */
    public abstract HostArray toHost();

    /** The one number of a tensor of one element. */
    public final double item() {
        if (!shape().isFullyKnown() || shape().elements() != 1) {
            throw new ShapeException("[" + name() + "] expected a tensor of one element for item(); received " + spec
                    + ". Reduce it first, for instance with Ops.mean.");
        }
        return toHost().getDouble(0);
    }

    public final float[] toFloatArray() {
        return toHost().toFloatArray();
    }

    public final double[] toDoubleArray() {
        return toHost().toDoubleArray();
    }
}
