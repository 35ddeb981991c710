package dev.lamina.tensor;

import dev.lamina.errors.ShapeException;

/**
 * A dense row-major array of one element type. A tensor is concrete (has values on a device), traced (a value of a
 * program being recorded), symbolic (only a shape and type), or a {@link Variable}. Layers never need to know which.
 */
public abstract class Tensor {
    private final TensorSpec spec;

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
