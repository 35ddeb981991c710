package dev.lamina.backend.cpu;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;

/** The elementwise functions of float64: one loop each, over heap arrays. */
final class DoubleFunctions {
    private DoubleFunctions() {}

    static void apply(UnaryOp op, double[] x, double[] y, int n) {
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
                    y[i] = Math.sqrt(x[i]);
                }
            }
            case RSQRT -> {
                for (int i = 0; i < n; i++) {
                    y[i] = 1 / Math.sqrt(x[i]);
                }
            }
            case EXP -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.exp(x[i]);
                }
            }
            case EXPM1 -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.expm1(x[i]);
                }
            }
            case LOG -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.log(x[i]);
                }
            }
            case LOG1P -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.log1p(x[i]);
                }
            }
            case SIN -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.sin(x[i]);
                }
            }
            case COS -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.cos(x[i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.tanh(x[i]);
                }
            }
            case ERF -> {
                for (int i = 0; i < n; i++) {
                    y[i] = ScalarMath.erf(x[i]);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < n; i++) {
                    y[i] = ScalarMath.sigmoid(x[i]);
                }
            }
            case RELU -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.max(x[i], 0);
                }
            }
            case GELU -> {
                for (int i = 0; i < n; i++) {
                    y[i] = ScalarMath.gelu(x[i]);
                }
            }
            case GELU_TANH -> {
                for (int i = 0; i < n; i++) {
                    y[i] = ScalarMath.geluByTanh(x[i]);
                }
            }
            case SILU -> {
                for (int i = 0; i < n; i++) {
                    y[i] = x[i] * ScalarMath.sigmoid(x[i]);
                }
            }
            case SOFTPLUS -> {
                for (int i = 0; i < n; i++) {
                    y[i] = ScalarMath.softplus(x[i]);
                }
            }
            case FLOOR -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.floor(x[i]);
                }
            }
            case CEIL -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.ceil(x[i]);
                }
            }
            case ROUND -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.rint(x[i]);
                }
            }
            case LOGICAL_NOT, IS_NAN, IS_FINITE -> throw ElementwiseKernels.unsupported(op);
        }
    }

    /** The unary functions that give a bool. */
    static void test(UnaryOp op, double[] x, long[] y, int n) {
        boolean nan = op == UnaryOp.IS_NAN;
        for (int i = 0; i < n; i++) {
            y[i] = (nan ? Double.isNaN(x[i]) : Math.abs(x[i]) <= Double.MAX_VALUE) ? 1 : 0;
        }
    }

    static void apply(UnaryBackwardOp op, double[] s, double[] dy, double[] y, int n) {
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
                    y[i] = dy[i] * ScalarMath.geluSlope(s[i]);
                }
            }
            case GELU_TANH_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = dy[i] * ScalarMath.geluByTanhSlope(s[i]);
                }
            }
            case SILU_BACKWARD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = dy[i] * ScalarMath.siluSlope(s[i]);
                }
            }
        }
    }

    /**
     * {@code s > 0 ? dy : 0} by its bits: a branch that goes either way at random costs ten times as much. {@code s} is
     * positive if its bits are, as a whole number, from 1 to infinity's.
     */
    private static double gate(double s, double dy) {
        long bits = Double.doubleToRawLongBits(s);
        long mask = (~bits & -bits & (bits - 0x7ff0000000000001L)) >> 63;
        return Double.longBitsToDouble(Double.doubleToRawLongBits(dy) & mask);
    }

    static void apply(BinaryOp op, double[] a, double[] b, double[] y, int n) {
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
                    y[i] = Math.floor(a[i] / b[i]);
                }
            }
            case MOD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = ScalarMath.mod(a[i], b[i]);
                }
            }
            case POWER -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.pow(a[i], b[i]);
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
    static void compare(BinaryOp op, double[] a, double[] b, long[] y, int n) {
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
