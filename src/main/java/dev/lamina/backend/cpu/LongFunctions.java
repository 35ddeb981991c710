package dev.lamina.backend.cpu;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.UnaryOp;

/**
 * The elementwise functions of integers and bool (as 0 and 1): one loop each, over heap arrays. Results are computed in
 * 64 bits and cut to their type when they are stored, so that all types wrap. Division by zero and its remainder give
 * 0.
 */
final class LongFunctions {
    private LongFunctions() {}

    static void apply(UnaryOp op, long[] x, long[] y, int n) {
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
                    y[i] = Long.signum(x[i]);
                }
            }
            case SQUARE -> {
                for (int i = 0; i < n; i++) {
                    y[i] = x[i] * x[i];
                }
            }
            case RELU -> {
                for (int i = 0; i < n; i++) {
                    y[i] = Math.max(x[i], 0);
                }
            }
            case LOGICAL_NOT -> {
                for (int i = 0; i < n; i++) {
                    y[i] = 1 - x[i];
                }
            }
            case RECIPROCAL, SQRT, RSQRT, EXP, EXPM1, LOG, LOG1P, SIN, COS -> throw ElementwiseKernels.unsupported(op);
            case TANH, ERF, SIGMOID, GELU, GELU_TANH, SILU, SOFTPLUS -> throw ElementwiseKernels.unsupported(op);
            case FLOOR, CEIL, ROUND, IS_NAN, IS_FINITE -> throw ElementwiseKernels.unsupported(op);
        }
    }

    static void apply(BinaryOp op, long[] a, long[] b, long[] y, int n) {
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
            case FLOOR_DIVIDE -> {
                for (int i = 0; i < n; i++) {
                    y[i] = b[i] == 0 ? 0 : Math.floorDiv(a[i], b[i]);
                }
            }
            case MOD -> {
                for (int i = 0; i < n; i++) {
                    y[i] = b[i] == 0 ? 0 : Math.floorMod(a[i], b[i]);
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
            case LOGICAL_AND -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] & b[i];
                }
            }
            case LOGICAL_OR -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] | b[i];
                }
            }
            case DIVIDE, POWER -> throw ElementwiseKernels.unsupported(op);
        }
    }
}
