package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** The meaning of the elementwise ops. */
final class ElementwiseDefinitions {
    private ElementwiseDefinitions() {}

    static double[] unary(UnaryOp op, double[] x) {
        DoubleUnaryOperator function = switch (op) {
            case IDENTITY -> a -> a;
            case NEGATE -> a -> -a;
            case ABS -> Math::abs;
            case SIGN -> a -> a > 0 ? 1 : a < 0 ? -1 : 0;
            case SQUARE -> a -> a * a;
            case RECIPROCAL -> a -> 1 / a;
            case SQRT -> Math::sqrt;
            case RSQRT -> a -> 1 / Math.sqrt(a);
            case EXP -> StrictMath::exp;
            case EXPM1 -> StrictMath::expm1;
            case LOG -> StrictMath::log;
            case LOG1P -> StrictMath::log1p;
            case SIN -> StrictMath::sin;
            case COS -> StrictMath::cos;
            case TANH -> StrictMath::tanh;
            case ERF -> ElementwiseDefinitions::erf;
            case SIGMOID -> ElementwiseDefinitions::sigmoid;
            case RELU -> a -> a > 0 ? a : 0;
            case GELU -> a -> a * normalDistribution(a);
            case GELU_TANH -> a -> a / 2 * (1 + StrictMath.tanh(byTanh(a)));
            case SILU -> a -> a * sigmoid(a);
            case SOFTPLUS -> a -> a > 30 ? a : StrictMath.log1p(StrictMath.exp(a));
            case FLOOR -> Math::floor;
            case CEIL -> Math::ceil;
            case ROUND -> Math::rint;
            case LOGICAL_NOT -> a -> a != 0 ? 0 : 1;
            case IS_NAN -> a -> Double.isNaN(a) ? 1 : 0;
            case IS_FINITE -> a -> Double.isFinite(a) ? 1 : 0;
        };
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = function.applyAsDouble(x[i]);
        }
        return y;
    }

    private static double byTanh(double x) {
        return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
    }

    static double[] backward(UnaryBackwardOp op, double[] saved, double[] dy) {
        double[] dx = new double[dy.length];
        for (int i = 0; i < dx.length; i++) {
            double s = saved[i];
            double density = StrictMath.exp(-s * s / 2) / Math.sqrt(2 * Math.PI);
            dx[i] = dy[i]
                    * switch (op) {
                        case RELU_BACKWARD -> s > 0 ? 1 : 0;
                        case TANH_BACKWARD -> 1 - s * s;
                        case SIGMOID_BACKWARD -> s * (1 - s);
                        case GELU_BACKWARD -> normalDistribution(s) + s * density;
                        case GELU_TANH_BACKWARD -> {
                            double tanh = StrictMath.tanh(byTanh(s));
                            double inner = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * s * s);
                            yield (1 + tanh + s * (1 - tanh * tanh) * inner) / 2;
                        }
                        case SILU_BACKWARD -> sigmoid(s) * (1 + s * (1 - sigmoid(s)));
                    };
        }
        return dx;
    }

    static double[] binary(BinaryOp op, HostArray x, HostArray z) {
        boolean whole = x.dtype().isInteger();
        DoubleBinaryOperator function = switch (op) {
            case ADD -> Double::sum;
            case SUBTRACT -> (a, b) -> a - b;
            case MULTIPLY -> (a, b) -> a * b;
            case DIVIDE -> (a, b) -> a / b;
            case FLOOR_DIVIDE -> (a, b) -> whole ? Math.floorDiv((long) a, (long) b) : Math.floor(a / b);
            case MOD -> (a, b) -> whole ? Math.floorMod((long) a, (long) b) : a - Math.floor(a / b) * b;
            case POWER -> StrictMath::pow;
            case MAXIMUM -> (a, b) -> Double.isNaN(a) || Double.isNaN(b) ? Double.NaN : a > b ? a : b;
            case MINIMUM -> (a, b) -> Double.isNaN(a) || Double.isNaN(b) ? Double.NaN : a < b ? a : b;
            case EQUAL -> (a, b) -> a == b ? 1 : 0;
            case NOT_EQUAL -> (a, b) -> a != b ? 1 : 0;
            case LESS -> (a, b) -> a < b ? 1 : 0;
            case LESS_EQUAL -> (a, b) -> a <= b ? 1 : 0;
            case GREATER -> (a, b) -> a > b ? 1 : 0;
            case GREATER_EQUAL -> (a, b) -> a >= b ? 1 : 0;
            case LOGICAL_AND -> (a, b) -> a != 0 && b != 0 ? 1 : 0;
            case LOGICAL_OR -> (a, b) -> a != 0 || b != 0 ? 1 : 0;
        };
        Shape shape = Definitions.shape(op, x, z);
        double[] a = Definitions.broadcast(x, shape);
        double[] b = Definitions.broadcast(z, shape);
        double[] y = new double[a.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = function.applyAsDouble(a[i], b[i]);
        }
        return y;
    }

    static double[] select(HostArray condition, HostArray x, HostArray z) {
        Shape shape = Definitions.shape(new ElementwiseOp.Select(), condition, x, z);
        double[] c = Definitions.broadcast(condition, shape);
        double[] a = Definitions.broadcast(x, shape);
        double[] b = Definitions.broadcast(z, shape);
        double[] y = new double[c.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = c[i] != 0 ? a[i] : b[i];
        }
        return y;
    }

    static double[] cast(DType to, double[] x) {
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = switch (to) {
                case FLOAT64 -> x[i];
                case FLOAT32 -> (float) x[i];
                case BFLOAT16 -> toPrecision(x[i], 8);
                case FLOAT16 -> toPrecision(x[i], 11);
                case INT32, INT64, UINT8 -> x[i] < 0 ? Math.ceil(x[i]) : Math.floor(x[i]);
                case BOOL -> x[i] != 0 ? 1 : 0;
            };
        }
        return y;
    }

    /** Rounded to so many significant bits, ties to even; for numbers in the normal range. */
    private static double toPrecision(double x, int bits) {
        if (x == 0) {
            return x;
        }
        double unit = Math.scalb(1.0, Math.getExponent(x) - bits + 1);
        return Math.rint(x / unit) * unit;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    private static double normalDistribution(double x) {
        return x < -3 ? erfcTail(-x / Math.sqrt(2)) / 2 : (1 + erf(x / Math.sqrt(2))) / 2;
    }

    /** {@code 2 / sqrt(pi) * exp(-x^2) * sum 2^n x^(2n+1) / (1 * 3 * ... * (2n+1))}, whose terms all have one sign. */
    static double erf(double x) {
        if (Math.abs(x) > 3) {
            return Math.signum(x) * (1 - erfcTail(Math.abs(x)));
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-x * x) * sum;
    }

    /** 1 - erf(x) for large x by its continued fraction, from the inside out. */
    private static double erfcTail(double x) {
        double fraction = x;
        for (int k = 200; k >= 1; k--) {
            fraction = x + k / 2.0 / fraction;
        }
        return StrictMath.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
    }
}
