package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Elementwise ops against one formula an element in double precision. */
class ElementwiseKernelsTest {
    /** Whether native loops may run. */
    boolean fast() {
        return true;
    }

    private static final DType[] FLOATS = {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16};
    private static final DType[] INTEGERS = {DType.INT32, DType.INT64, DType.UINT8};
    private static final int[] AWKWARD = {0, 1, 4, 6, 13, 207, 4098, 70_001};

    /** Shapes that broadcast: the same, scalars, rows, columns, both sides, middle axes, nothing. */
    private static final int[][][] BROADCASTS = {
        {{13, 6}, {13, 6}},
        {{13, 6}, {}},
        {{}, {207}},
        {{1, 1}, {3}},
        {{207, 13}, {13}},
        {{5, 4098}, {4098}},
        {{207, 13}, {207, 1}},
        {{13, 1}, {1, 6}},
        {{4, 1, 6}, {3, 1}},
        {{2, 3, 1, 5}, {3, 4, 1}},
        {{2, 3, 4, 5}, {3, 1, 5}},
        {{2, 1, 3, 1100}, {2, 4, 1, 1100}},
        {{0, 3}, {3}},
        {{1, 3}, {0, 3}},
        {{4000, 17}, {17}},
        {{300, 1, 200}, {1, 2, 200}},
    };

    private final Runner one = new Runner(1, fast());
    private final Runner three = new Runner(3, fast());

    @Test
    void unaryFunctionsOfFloats() {
        for (UnaryOp op : UnaryOp.values()) {
            if (op == UnaryOp.LOGICAL_NOT) {
                continue;
            }
            for (DType dtype : FLOATS) {
                boolean positive =
                        op == UnaryOp.LOG || op == UnaryOp.SQRT || op == UnaryOp.RSQRT || op == UnaryOp.LOG1P;
                for (int n : AWKWARD) {
                    HostArray x = Runner.random(n, dtype, n);
                    if (positive) {
                        x.fill(new Positive(x));
                    }
                    checkUnary(op, x, formula(op));
                }
            }
        }
    }

    private record Positive(HostArray x) implements LongToDoubleFunction {
        @Override
        public double applyAsDouble(long i) {
            return Math.abs(x.getDouble(i)) + 0.01;
        }
    }

    @Test
    void unaryFunctionsOfIntegersAndBool() {
        for (DType dtype : INTEGERS) {
            for (UnaryOp op : new UnaryOp[] {
                UnaryOp.IDENTITY, UnaryOp.NEGATE, UnaryOp.ABS, UnaryOp.SIGN, UnaryOp.SQUARE, UnaryOp.RELU
            }) {
                HostArray x = Runner.random(7, dtype, 1300);
                HostArray y = one.run(op, x);
                for (int i = 0; i < 1300; i++) {
                    long expected = (long) formula(op).applyAsDouble(x.getLong(i));
                    assertThat(y.getLong(i))
                            .as("%s %s", op, dtype)
                            .isEqualTo(dtype == DType.UINT8 ? expected & 0xff : expected);
                }
            }
        }
        HostArray flags = Runner.random(1, DType.BOOL, 1300);
        HostArray opposite = one.run(UnaryOp.LOGICAL_NOT, flags);
        for (int i = 0; i < 1300; i++) {
            assertThat(opposite.getLong(i)).isEqualTo(1 - flags.getLong(i));
        }
    }

    private static DoubleUnaryOperator formula(UnaryOp op) {
        return switch (op) {
            case IDENTITY -> x -> x;
            case NEGATE -> x -> -x;
            case ABS -> Math::abs;
            case SIGN -> Math::signum;
            case SQUARE -> x -> x * x;
            case RECIPROCAL -> x -> 1 / x;
            case SQRT -> Math::sqrt;
            case RSQRT -> x -> Math.pow(x, -0.5);
            case EXP -> Math::exp;
            case EXPM1 -> Math::expm1;
            case LOG -> Math::log;
            case LOG1P -> Math::log1p;
            case SIN -> Math::sin;
            case COS -> Math::cos;
            case TANH -> Math::tanh;
            case ERF -> ScalarMath::erf;
            case SIGMOID -> x -> Math.exp(x) / (Math.exp(x) + 1);
            case RELU -> x -> x > 0 ? x : 0;
            case GELU -> x -> x * (1 + ScalarMath.erf(x / Math.sqrt(2))) / 2;
            case GELU_TANH -> x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case SILU -> x -> x / (1 + Math.exp(-x));
            case SOFTPLUS -> x -> Math.log(1 + Math.exp(x));
            case FLOOR -> Math::floor;
            case CEIL -> Math::ceil;
            case ROUND -> Math::rint;
            case LOGICAL_NOT -> x -> 1 - x;
            case IS_NAN -> x -> Double.isNaN(x) ? 1 : 0;
            case IS_FINITE -> x -> Double.isFinite(x) ? 1 : 0;
        };
    }

    private void checkUnary(UnaryOp op, HostArray x, DoubleUnaryOperator formula) {
        HostArray expected = HostArray.zeros(x.shape(), DType.FLOAT64).fill(i -> formula.applyAsDouble(x.getDouble(i)));
        HostArray y = one.run(op, x);
        check(op + " " + x.spec(), y, expected, x.dtype());
        assertThat(three.run(op, x).data().mismatch(y.data()))
                .as("%s, other threads", op)
                .isEqualTo(-1);
    }

    private static void check(String what, HostArray actual, HostArray expected, DType dtype) {
        double precision = switch (dtype) {
            case FLOAT32 -> 2e-7;
            case FLOAT64 -> 1e-14;
            case BFLOAT16 -> 0x1p-8;
            case FLOAT16 -> 0x1p-10;
            default -> 0;
        };
        HostArray rounded = dtype.isFloating() ? expected.cast(dtype) : expected; // May overflow, as it should.
        Tolerance.check(what, actual, rounded, precision, precision * 0.1);
    }

    @Test
    void binaryFunctionsBroadcastFloats() {
        for (BinaryOp op : BinaryOp.values()) {
            if (op == BinaryOp.LOGICAL_AND || op == BinaryOp.LOGICAL_OR) {
                continue;
            }
            for (DType dtype : FLOATS) {
                for (int[][] shapes : BROADCASTS) {
                    HostArray a = Runner.random(1, dtype, shapes[0]);
                    HostArray b = Runner.random(2, dtype, shapes[1]);
                    if (op == BinaryOp.POWER) {
                        a.fill(new Positive(a));
                    }
                    checkBinary(op, a, b);
                    if (op != BinaryOp.POWER) {
                        checkBinary(op, b, a);
                    }
                }
            }
        }
    }

    @Test
    void binaryFunctionsBroadcastIntegersAndBool() {
        for (BinaryOp op : BinaryOp.values()) {
            boolean logical = op == BinaryOp.LOGICAL_AND || op == BinaryOp.LOGICAL_OR;
            if (op == BinaryOp.DIVIDE || op == BinaryOp.POWER) {
                continue;
            }
            for (DType dtype : logical ? new DType[] {DType.BOOL} : INTEGERS) {
                for (int[][] shapes : BROADCASTS) {
                    checkBinary(op, Runner.random(1, dtype, shapes[0]), Runner.random(2, dtype, shapes[1]));
                }
            }
        }
    }

    private static DoubleBinaryOperator formula(BinaryOp op, boolean whole) {
        return switch (op) {
            case ADD -> Double::sum;
            case SUBTRACT -> (a, b) -> a - b;
            case MULTIPLY -> (a, b) -> a * b;
            case DIVIDE -> (a, b) -> a / b;
            case FLOOR_DIVIDE -> (a, b) -> whole && b == 0 ? 0 : Math.floor(a / b);
            case MOD -> (a, b) -> whole && b == 0 ? 0 : a - Math.floor(a / b) * b;
            case POWER -> Math::pow;
            case MAXIMUM -> Math::max;
            case MINIMUM -> Math::min;
            case EQUAL -> (a, b) -> a == b ? 1 : 0;
            case NOT_EQUAL -> (a, b) -> a != b ? 1 : 0;
            case LESS -> (a, b) -> a < b ? 1 : 0;
            case LESS_EQUAL -> (a, b) -> a <= b ? 1 : 0;
            case GREATER -> (a, b) -> a > b ? 1 : 0;
            case GREATER_EQUAL -> (a, b) -> a >= b ? 1 : 0;
            case LOGICAL_AND -> Math::min;
            case LOGICAL_OR -> Math::max;
        };
    }

    private void checkBinary(BinaryOp op, HostArray a, HostArray b) {
        Shape shape = Shape.broadcast("test", a.shape(), b.shape());
        DoubleBinaryOperator formula =
                op == BinaryOp.FLOOR_DIVIDE && a.dtype().isFloating() && a.dtype() != DType.FLOAT64
                        ? (u, v) -> Math.floor((float) (u / v)) // The quotient is a float32, rounded before it is cut.
                        : formula(op, !a.dtype().isFloating());
        HostArray expected = HostArray.zeros(shape, DType.FLOAT64).fill(i -> {
            double value = formula.applyAsDouble(
                    a.getDouble(Index.broadcast(i, shape, a.shape())),
                    b.getDouble(Index.broadcast(i, shape, b.shape())));
            return a.dtype() == DType.UINT8 && !op.isPredicate() ? (long) value & 0xff : value;
        });
        HostArray y = one.run(op, a, b);
        String what = op + " " + a.spec() + " " + b.spec();
        assertThat(y.dtype()).isEqualTo(op.isPredicate() ? DType.BOOL : a.dtype());
        check(what, y, expected, a.dtype());
        assertThat(three.run(op, a, b).data().mismatch(y.data()))
                .as("%s, other threads", what)
                .isEqualTo(-1);
    }

    @Test
    void extremesPropagateNan() {
        HostArray a = HostArray.of(new float[] {Float.NaN, 1, Float.NaN, -0f});
        HostArray b = HostArray.of(new float[] {1, Float.NaN, Float.NaN, 0});
        assertThat(one.run(BinaryOp.MAXIMUM, a, b).toFloatArray()).containsExactly(Float.NaN, Float.NaN, Float.NaN, 0f);
        assertThat(one.run(BinaryOp.MINIMUM, a, b).toFloatArray())
                .containsExactly(Float.NaN, Float.NaN, Float.NaN, -0f);
        assertThat(one.run(UnaryOp.RELU, a).toFloatArray()).containsExactly(Float.NaN, 1, Float.NaN, 0);
    }

    @Test
    void testsForNanAndInfinity() {
        float[] values = {
            Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE, 0
        };
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16}) {
            HostArray x = HostArray.of(values).cast(dtype == DType.BFLOAT16 ? DType.FLOAT32 : dtype);
            assertThat(one.run(UnaryOp.IS_NAN, x).toLongArray()).containsExactly(1, 0, 0, 0, 0, 0);
            assertThat(one.run(UnaryOp.IS_FINITE, x).toLongArray()).containsExactly(0, 0, 0, 1, 1, 1);
        }
    }

    @Test
    void integersWrapAndDivisionByZeroGivesZero() {
        HostArray a = HostArray.of(new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, 7, -7});
        HostArray b = HostArray.of(new int[] {1, -1, 0, 2});
        assertThat(one.run(BinaryOp.ADD, a, b).toLongArray())
                .containsExactly(Integer.MIN_VALUE, Integer.MAX_VALUE, 7, -5);
        assertThat(one.run(BinaryOp.FLOOR_DIVIDE, a, b).toLongArray())
                .containsExactly(Integer.MAX_VALUE, Integer.MIN_VALUE, 0, -4);
        assertThat(one.run(BinaryOp.MOD, a, b).toLongArray()).containsExactly(0, 0, 0, 1);
        HostArray large = HostArray.of(new long[] {Long.MAX_VALUE});
        assertThat(one.run(BinaryOp.ADD, large, HostArray.of(new long[] {1})).toLongArray())
                .containsExactly(Long.MIN_VALUE);
        HostArray bytes = HostArray.of(new byte[] {(byte) 250, 3});
        assertThat(one.run(BinaryOp.ADD, bytes, bytes).toLongArray()).containsExactly(244, 6);
    }

    @Test
    void gradientsOfActivations() {
        for (UnaryBackwardOp op : UnaryBackwardOp.values()) {
            DoubleBinaryOperator formula = switch (op) {
                case RELU_BACKWARD -> (y, dy) -> y > 0 ? dy : 0;
                case TANH_BACKWARD -> (y, dy) -> dy * (1 - y * y);
                case SIGMOID_BACKWARD -> (y, dy) -> dy * y * (1 - y);
                case GELU_BACKWARD ->
                    (x, dy) -> dy
                            * ((1 + ScalarMath.erf(x / Math.sqrt(2))) / 2
                                    + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI));
                case GELU_TANH_BACKWARD ->
                    (x, dy) -> {
                        double tanh = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x));
                        double inner = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
                        return dy * (1 + tanh + x * (1 - tanh * tanh) * inner) / 2;
                    };
                case SILU_BACKWARD -> (x, dy) -> dy / (1 + Math.exp(-x)) * (1 + x * (1 - 1 / (1 + Math.exp(-x))));
            };
            for (DType dtype : FLOATS) {
                for (int n : AWKWARD) {
                    HostArray saved = Runner.random(1, dtype, n);
                    HostArray dy = Runner.random(2, dtype, n);
                    HostArray expected = HostArray.zeros(saved.shape(), DType.FLOAT64)
                            .fill(i -> formula.applyAsDouble(saved.getDouble(i), dy.getDouble(i)));
                    double precision = dtype == DType.FLOAT64 ? 1e-13 : dtype == DType.FLOAT32 ? 1e-6 : 0x1p-7;
                    Tolerance.check(op + " " + dtype, three.run(op, saved, dy), expected, precision, precision);
                }
            }
        }
        HostArray odd = HostArray.of(new float[] {Float.NaN, -0f, 0, Float.MIN_VALUE, Float.POSITIVE_INFINITY, -1});
        HostArray ones = HostArray.of(new float[] {1, 1, 1, 1, 1, 1});
        assertThat(one.run(UnaryBackwardOp.RELU_BACKWARD, odd, ones).toFloatArray())
                .containsExactly(0, 0, 0, 1, 1, 0);
    }

    @Test
    void selectsWithBroadcasting() {
        int[][][] shapes = {
            {{13, 6}, {13, 6}, {}}, {{6}, {13, 1}, {13, 6}}, {{}, {3}, {1}}, {{5000}, {5000}, {5000}}, {{0}, {1}, {}}
        };
        for (DType dtype : DType.values()) {
            for (int[][] each : shapes) {
                HostArray condition = Runner.random(1, DType.BOOL, each[0]);
                HostArray a = Runner.random(2, dtype, each[1]);
                HostArray b = Runner.random(3, dtype, each[2]);
                HostArray y = three.run(new ElementwiseOp.Select(), condition, a, b);
                HostArray expected = HostArray.zeros(y.shape(), DType.FLOAT64)
                        .fill(i -> condition.getLong(Index.broadcast(i, y.shape(), condition.shape())) != 0
                                ? a.getDouble(Index.broadcast(i, y.shape(), a.shape()))
                                : b.getDouble(Index.broadcast(i, y.shape(), b.shape())));
                Tolerance.check("select " + dtype, y, expected, 0, 0);
            }
        }
    }

    @Test
    void castsBetweenAllTypes() {
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                for (int n : AWKWARD) {
                    HostArray x = Runner.random(n, from, n);
                    HostArray expected = x.cast(to);
                    HostArray y = one.run(new ElementwiseOp.Cast(to), x);
                    assertThat(y.dtype()).isEqualTo(to);
                    assertThat(y.data().mismatch(expected.data()))
                            .as("%s to %s, %d elements", from, to, n)
                            .isEqualTo(-1);
                }
            }
        }
        HostArray fractions = HostArray.of(new float[] {0.5f, -0.5f, 0, -0f, Float.NaN, 2.9f, -2.9f});
        assertThat(one.run(new ElementwiseOp.Cast(DType.BOOL), fractions).toLongArray())
                .containsExactly(1, 1, 0, 0, 1, 1, 1);
        assertThat(one.run(new ElementwiseOp.Cast(DType.INT32), fractions).toLongArray())
                .containsExactly(0, 0, 0, 0, 0, 2, -2);
    }
}
