package dev.lamina.backend.cpu;

import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * The functions of {@link FloatMath} over blocks in C ({@code native/cpu-loops/functions.c}), which gives the same bits
 * and is vectorised. Only where {@link Loops#PRESENT}.
 */
final class NativeFunctions {
    /** No function. */
    static final int NONE = -1;

    private static final int GELU = 7;
    private static final int SILU = 8;
    private static final int GELU_TANH = 10;

    // Blocks are heap arrays.
    private static final MethodHandle MAP = Loops.function(
            "map",
            FunctionDescriptor.ofVoid(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
            Linker.Option.critical(true));
    private static final MethodHandle MAP_BACKWARD = Loops.function(
            "map_backward",
            FunctionDescriptor.ofVoid(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG),
            Linker.Option.critical(true));

    private NativeFunctions() {}

    /** The number of a function in C, or {@link #NONE}. */
    static int of(UnaryOp op) {
        return switch (op) {
            case EXP -> 0;
            case EXPM1 -> 1;
            case LOG -> 2;
            case LOG1P -> 3;
            case TANH -> 4;
            case ERF -> 5;
            case SIGMOID -> 6;
            case GELU -> GELU;
            case SILU -> SILU;
            case SOFTPLUS -> 9;
            case GELU_TANH -> GELU_TANH;
            case IDENTITY,
                    NEGATE,
                    ABS,
                    SIGN,
                    SQUARE,
                    RECIPROCAL,
                    SQRT,
                    RSQRT,
                    SIN,
                    COS,
                    RELU,
                    FLOOR,
                    CEIL,
                    ROUND,
                    LOGICAL_NOT,
                    IS_NAN,
                    IS_FINITE -> NONE;
        };
    }

    /** The number of a function whose derivative is in C, or {@link #NONE}. */
    static int of(UnaryBackwardOp op) {
        return switch (op) {
            case GELU_BACKWARD -> GELU;
            case GELU_TANH_BACKWARD -> GELU_TANH;
            case SILU_BACKWARD -> SILU;
            case RELU_BACKWARD, TANH_BACKWARD, SIGMOID_BACKWARD -> NONE;
        };
    }

    /** {@code y = f(x)} for the first {@code n} elements; y may be x. */
    static void map(int function, MemorySegment x, MemorySegment y, int n) {
        check(x, n);
        check(y, n);
        try {
            MAP.invokeExact(function, x, y, (long) n);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }

    /** {@code dx = dy f'(s)} for the first {@code n} elements; dx may be one of the others. */
    static void mapBackward(int function, MemorySegment s, MemorySegment dy, MemorySegment dx, int n) {
        check(s, n);
        check(dy, n);
        check(dx, n);
        try {
            MAP_BACKWARD.invokeExact(function, s, dy, dx, (long) n);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }

    private static void check(MemorySegment block, int n) {
        Objects.checkFromIndexSize(0, (long) n * Float.BYTES, block.byteSize());
    }
}
