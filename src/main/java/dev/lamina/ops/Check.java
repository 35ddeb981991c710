package dev.lamina.ops;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** The checks that shape and type rules share. */
final class Check {
    private Check() {}

    static void count(Op op, List<TensorSpec> inputs, int expected) {
        if (inputs.size() != expected) {
            throw new ShapeException("[" + op.opName() + "] expected " + expected + " inputs; received " + inputs.size()
                    + ": " + inputs + ".");
        }
    }

    static TensorSpec floating(Op op, TensorSpec spec) {
        if (!spec.dtype().isFloating()) {
            throw new DTypeException("[" + op.opName() + "] expected a floating-point tensor; received " + spec
                    + ". Convert it with Ops.cast.");
        }
        return spec;
    }

    static TensorSpec numeric(Op op, TensorSpec spec) {
        if (spec.dtype() == DType.BOOL) {
            throw new DTypeException(
                    "[" + op.opName() + "] expected numbers; received " + spec + ". Convert it with Ops.cast.");
        }
        return spec;
    }

    static TensorSpec integer(Op op, String what, TensorSpec spec) {
        if (!spec.dtype().isInteger()) {
            throw new DTypeException("[" + op.opName() + "] expected " + what + " of an integer type; received " + spec
                    + ". Convert them with Ops.cast.");
        }
        return spec;
    }

    static TensorSpec bool(Op op, TensorSpec spec) {
        if (spec.dtype() != DType.BOOL) {
            throw new DTypeException("[" + op.opName() + "] expected a bool tensor; received " + spec
                    + ". Compare it with something, for instance Ops.notEqual(x, zero).");
        }
        return spec;
    }

    static void sameDType(Op op, TensorSpec a, TensorSpec b) {
        if (a.dtype() != b.dtype()) {
            throw new DTypeException("[" + op.opName() + "] expected the same dtype on both sides; received " + a
                    + " and " + b + ". Cast one with Ops.cast.");
        }
    }

    static void rank(Op op, String what, TensorSpec spec, int rank) {
        if (spec.shape().rank() != rank) {
            throw new ShapeException(
                    "[" + op.opName() + "] expected " + what + " of rank " + rank + "; received " + spec + ".");
        }
    }

    static void compatible(Op op, TensorSpec a, TensorSpec b) {
        if (!a.shape().isCompatibleWith(b.shape())) {
            throw new ShapeException(
                    "[" + op.opName() + "] expected tensors of the same shape; received " + a + " and " + b + ".");
        }
    }
}
