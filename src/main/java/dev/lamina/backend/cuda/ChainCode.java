package dev.lamina.backend.cuda;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import java.util.Locale;

/**
 * What an elementwise instruction of a program does. The kernels know them by their ordinals, so that the order is the
 * one of {@code enum Code} there.
 */
enum ChainCode {
    LOAD_F32,
    LOAD_BF16,
    LOAD_F16,
    LOAD_I32,
    LOAD_U8,
    LOAD_BOOL,
    SPREAD_F32,
    SPREAD_BF16,
    SPREAD_F16,
    SPREAD_I32,
    SPREAD_U8,
    SPREAD_BOOL,
    DRAW_F32,
    DRAW_BF16,
    DRAW_F16,
    CONSTANT,
    STORE_F32,
    STORE_BF16,
    STORE_F16,
    STORE_BOOL,
    MOVE,
    ROUND_BF16,
    ROUND_F16,
    F32_TO_BOOL,
    I32_TO_BOOL,
    I32_TO_F32,
    SELECT,
    IS_NAN,
    IS_FINITE,
    LOGICAL_NOT,
    LOGICAL_AND,
    LOGICAL_OR,
    EQUAL_F32,
    NOT_EQUAL_F32,
    LESS_F32,
    LESS_EQUAL_F32,
    GREATER_F32,
    GREATER_EQUAL_F32,
    EQUAL_I32,
    NOT_EQUAL_I32,
    LESS_I32,
    LESS_EQUAL_I32,
    GREATER_I32,
    GREATER_EQUAL_I32,
    NEGATE,
    ABS,
    SIGN,
    SQUARE,
    RELU,
    RECIPROCAL,
    SQRT,
    RSQRT,
    FLOOR,
    CEIL,
    ROUND,
    EXP,
    EXPM1,
    LOG,
    LOG1P,
    SIN,
    COS,
    TANH,
    ERF,
    SIGMOID,
    GELU,
    GELU_TANH,
    SILU,
    SOFTPLUS,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    FLOOR_DIVIDE,
    MOD,
    POWER,
    MAXIMUM,
    MINIMUM,
    RELU_BACKWARD,
    TANH_BACKWARD,
    SIGMOID_BACKWARD,
    GELU_BACKWARD,
    GELU_TANH_BACKWARD,
    SILU_BACKWARD;

    /** The code of an op whose first argument has this type, which is one that chains hold. */
    static ChainCode of(ElementwiseOp op, DType argument) {
        return switch (op) {
            case UnaryOp.IDENTITY -> MOVE;
            case UnaryOp unary -> valueOf(unary.name());
            case UnaryBackwardOp backward -> valueOf(backward.name());
            case BinaryOp.LOGICAL_AND -> LOGICAL_AND;
            case BinaryOp.LOGICAL_OR -> LOGICAL_OR;
            case BinaryOp binary when binary.isPredicate() -> valueOf(binary.name() + suffix(argument));
            case BinaryOp binary -> valueOf(binary.name());
            case ElementwiseOp.Select _ -> SELECT;
            case ElementwiseOp.Cast cast -> cast(argument, cast.dtype());
        };
    }

    private static String suffix(DType argument) {
        return argument.isFloating() ? "_F32" : "_I32";
    }

    private static ChainCode cast(DType from, DType to) {
        if (from == to) {
            return MOVE;
        }
        if (to == DType.BOOL) {
            return from.isFloating() ? F32_TO_BOOL : I32_TO_BOOL;
        }
        if (!from.isFloating()) {
            return I32_TO_F32;
        }
        return to == DType.FLOAT32 ? MOVE : round(to);
    }

    /** Rounds a float to a 16-bit type. */
    static ChainCode round(DType half) {
        return valueOf("ROUND_" + letters(half));
    }

    /** Whether what it gives of numbers of a 16-bit type is such a number. */
    boolean isExact() {
        return switch (this) {
            case MOVE, ROUND_BF16, ROUND_F16, SELECT, NEGATE, ABS, SIGN, RELU -> true;
            case MAXIMUM, MINIMUM, RELU_BACKWARD -> true;
            default -> false;
        };
    }

    /** Reads an input element by element, or, repeated, from where a spread says. */
    static ChainCode load(DType dtype, boolean repeated) {
        return valueOf((repeated ? "SPREAD_" : "LOAD_") + letters(dtype));
    }

    /** Uniform numbers of a type, drawn with an input that is the state of a generator. */
    static ChainCode draw(DType dtype) {
        return valueOf("DRAW_" + letters(dtype));
    }

    static ChainCode store(DType dtype) {
        return valueOf("STORE_" + letters(dtype));
    }

    private static String letters(DType dtype) {
        return KernelTable.type(dtype).toUpperCase(Locale.ROOT);
    }

    /** The number that the kernel knows the code by. */
    @SuppressWarnings("EnumOrdinal") // A test compares the order with the kernel's.
    int number() {
        return ordinal();
    }
}
