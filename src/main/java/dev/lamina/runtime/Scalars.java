package dev.lamina.runtime;

import dev.lamina.errors.DTypeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;

/** Java's numbers as tensors. Integers and bool take none but those that they hold: they would be cut silently. */
final class Scalars {
    private Scalars() {}

    /** A number beside a tensor, of its type, which is never promoted. */
    static Tensor beside(String op, Tensor tensor, double value) {
        DType dtype = tensor.dtype();
        if (!holds(dtype, value)) {
            throw new DTypeException("[" + op + "] expected a whole number that " + dtype
                    + " holds, since a tensor's type is never promoted; received " + shown(value) + " beside "
                    + tensor.spec() + ". Cast the tensor with Ops.cast.");
        }
        return Ops.constant(value, dtype);
    }

    /** Refuses a number that the type doesn't hold. */
    static void check(String op, double value, DType dtype) {
        if (!holds(dtype, value)) {
            throw new DTypeException(
                    "[" + op + "] expected a whole number that " + dtype + " holds; received " + shown(value) + ".");
        }
    }

    private static boolean holds(DType dtype, double value) {
        return switch (dtype) {
            case INT32 -> value == (int) value;
            // 2^63, which the cast gives for all above, is none of it.
            case INT64 -> value == (long) value && value != 0x1p63;
            case UINT8 -> value == (int) value && value >= 0 && value <= 255;
            case BOOL -> value == 0 || value == 1;
            case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> true;
        };
    }

    private static String shown(double value) {
        return value == (long) value ? Long.toString((long) value) : Double.toString(value);
    }
}
