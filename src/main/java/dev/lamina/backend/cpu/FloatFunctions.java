package dev.lamina.backend.cpu;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;

/**
 * The elementwise functions of float32 (bfloat16 and float16 are computed as float32): one loop each, over heap arrays.
 */
final class FloatFunctions {
    private FloatFunctions() {}

    static void apply(UnaryOp op, float[] x, float[] y, int n) {
        switch (op) {
            case IDENTITY -> {
                for (int i = 0; i < n; i++) {
                    y[i] = x[i];
                }
            }
            case NEGATE -> {
                for (int i = 0; i < n; i++) {
                    y[i] = -x[i];
                }
            }
            case ABS -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.abs(x[i]);
                }
            }
            case SIGN -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.signum(x[i]);
                }
            }
            case SQUARE -> {
                for (int i = 0; i < n; i++) {
                    y[i] = x[i] * x[i];
                }
            }
            case RECIPROCAL -> {
                for (int i = 0; i < n; i++) {
                    y[i] = 1 / x[i];
                }
            }
            case SQRT -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.sqrt(x[i]);
                }
            }
            case RSQRT -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) (1 / Math.sqrt(x[i]));
                }
            }
            case EXP -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.exp(x[i]);
                }
            }
            case EXPM1 -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.expm1(x[i]);
                }
            }
            case LOG -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.log(x[i]);
                }
            }
            case LOG1P -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.log1p(x[i]);
                }
            }
            case SIN -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.sin(x[i]);
                }
            }
            case COS -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.cos(x[i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.tanh(x[i]);
                }
            }
            case ERF -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.erf(x[i]);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.sigmoid(x[i]);
                }
            }
            case RELU -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.max(x[i], 0);
                }
            }
            case GELU -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.gelu(x[i]);
                }
            }
            case GELU_TANH -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.geluByTanh(x[i]);
                }
            }
            case SILU -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.silu(x[i]);
                }
            }
            case SOFTPLUS -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) FloatMath.softplus(x[i]);
                }
            }
            case FLOOR -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.floor(x[i]);
                }
            }
            case CEIL -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.ceil(x[i]);
                }
            }
            case ROUND -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.rint(x[i]);
                }
            }
            case LOGICAL_NOT, IS_NAN, IS_FINITE -> throw ElementwiseKernels.unsupported(op);
        }
    }

    /** The unary functions that give a bool. */
    static void test(UnaryOp op, float[] x, long[] y, int n) {
        boolean nan = op == UnaryOp.IS_NAN;
        for (int i = 0; i < n; i++) {
            y[i] = (nan ? Float.isNaN(x[i]) : Math.abs(x[i]) <= Float.MAX_VALUE) ? 1 : 0;
        }
    }

    static void apply(UnaryBackwardOp op, float[] s, float[] dy, float[] y, int n) {
        switch (op) {
            case RELU_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = gate(s[i], dy[i]);
                }
            }
            case TANH_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = dy[i] * (1 - s[i] * s[i]);
                }
            }
            case SIGMOID_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = dy[i] * s[i] * (1 - s[i]);
                }
            }
            case GELU_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) (dy[i] * FloatMath.geluSlope(s[i]));
                }
            }
            case GELU_TANH_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) (dy[i] * FloatMath.geluByTanhSlope(s[i]));
                }
            }
            case SILU_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) (dy[i] * FloatMath.siluSlope(s[i]));
                }
            }
        }
    }

    /**
     * {@code s > 0 ? dy : 0} by its bits: a branch that goes either way at random costs ten times as much. {@code s} is
     * positive if its bits are, as a whole number, from 1 to infinity's.
     */
    private static float gate(float s, float dy) {
        int bits = Float.floatToRawIntBits(s);
        int mask = (~bits & -bits & (bits - 0x7f800001)) >> 31;
        return Float.intBitsToFloat(Float.floatToRawIntBits(dy) & mask);
    }

    static void apply(BinaryOp op, float[] a, float[] b, float[] y, int n) {
        switch (op) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] + b[i];
                }
            }
            case SUBTRACT -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] - b[i];
                }
            }
            case MULTIPLY -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] * b[i];
                }
            }
            case DIVIDE -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] / b[i];
                }
            }
            case FLOOR_DIVIDE -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.floor(a[i] / b[i]);
                }
            }
            case MOD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) ScalarMath.mod(a[i], b[i]);
                }
            }
            case POWER -> {
                for (int i = 0; i < n; i++) {
                    y[i] = (float) Math.pow(a[i], b[i]);
                }
            }
            case MAXIMUM -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.max(a[i], b[i]);
                }
            }
            case MINIMUM -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.min(a[i], b[i]);
                }
            }
            case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> throw ElementwiseKernels.unsupported(op);
            case LOGICAL_AND, LOGICAL_OR -> throw ElementwiseKernels.unsupported(op);
        }
    }

    /** The binary functions that give a bool. */
    static void compare(BinaryOp op, float[] a, float[] b, long[] y, int n) {
        switch (op) {
            case EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] == b[i] ? 1 : 0;
                }
            }
            case NOT_EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] != b[i] ? 1 : 0;
                }
            }
            case LESS -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] < b[i] ? 1 : 0;
                }
            }
            case LESS_EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] <= b[i] ? 1 : 0;
                }
            }
            case GREATER -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] > b[i] ? 1 : 0;
                }
            }
            case GREATER_EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] >= b[i] ? 1 : 0;
                }
            }
            case ADD, SUBTRACT, MULTIPLY, DIVIDE, FLOOR_DIVIDE -> throw ElementwiseKernels.unsupported(op);
            case MOD, POWER, MAXIMUM, MINIMUM, LOGICAL_AND, LOGICAL_OR -> throw ElementwiseKernels.unsupported(op);
        }
    }
}
