package dev.lamina.runtime;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;

/**
 * The part of {@link Ops} that works element by element; write {@code Ops.add}. Java's numbers are doubles here: a
 * {@code long} beyond 2^53 is rounded before it meets an int64 tensor; make a tensor of it.
 */
public abstract sealed class Elementwise permits Ops {
    Elementwise() {}

    // Arithmetic. A number beside a tensor of integers or bool has to be one that its type holds, else it is a
    // DTypeException.

    public static Tensor add(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.ADD, a, b);
    }

    public static Tensor add(Tensor a, double b) {
        return add(a, Scalars.beside("add", a, b));
    }

    public static Tensor subtract(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.SUBTRACT, a, b);
    }

    public static Tensor subtract(Tensor a, double b) {
        return subtract(a, Scalars.beside("subtract", a, b));
    }

    public static Tensor subtract(double a, Tensor b) {
        return subtract(Scalars.beside("subtract", b, a), b);
    }

    public static Tensor multiply(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.MULTIPLY, a, b);
    }

    public static Tensor multiply(Tensor a, double b) {
        return multiply(a, Scalars.beside("multiply", a, b));
    }

    public static Tensor divide(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.DIVIDE, a, b);
    }

    public static Tensor divide(Tensor a, double b) {
        return divide(a, Scalars.beside("divide", a, b));
    }

    public static Tensor divide(double a, Tensor b) {
        return divide(Scalars.beside("divide", b, a), b);
    }

    /** The quotient rounded down; an integer division by zero gives 0. */
    public static Tensor floorDivide(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.FLOOR_DIVIDE, a, b);
    }

    public static Tensor floorDivide(Tensor a, double b) {
        return floorDivide(a, Scalars.beside("floorDivide", a, b));
    }

    /** The remainder, of the divisor's sign. */
    public static Tensor mod(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.MOD, a, b);
    }

    public static Tensor mod(Tensor a, double b) {
        return mod(a, Scalars.beside("mod", a, b));
    }

    public static Tensor power(Tensor base, Tensor exponent) {
        return Ops.apply(BinaryOp.POWER, base, exponent);
    }

    /** For exponents of 0 and 2 ones, without a gradient, and a square, which whole numbers have too. */
    public static Tensor power(Tensor base, double exponent) {
        if (exponent == 0 && base.dtype() != DType.BOOL) {
            return Ops.onesLike(base);
        }
        return exponent == 2 ? square(base) : power(base, Scalars.beside("power", base, exponent));
    }

    public static Tensor power(double base, Tensor exponent) {
        return power(Scalars.beside("power", exponent, base), exponent);
    }

    public static Tensor maximum(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.MAXIMUM, a, b);
    }

    public static Tensor maximum(Tensor a, double b) {
        return maximum(a, Scalars.beside("maximum", a, b));
    }

    public static Tensor minimum(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.MINIMUM, a, b);
    }

    public static Tensor minimum(Tensor a, double b) {
        return minimum(a, Scalars.beside("minimum", a, b));
    }

    /** {@code min(max(x, low), high)}. */
    public static Tensor clip(Tensor x, double low, double high) {
        // Under a mixed policy a weight becomes another type on the way: the second bound is of that type.
        Tensor above = maximum(x, Scalars.beside("clip", x, low));
        return minimum(above, Scalars.beside("clip", above, high));
    }

    // Functions of one element; UnaryOp has their definitions.

    public static Tensor negate(Tensor x) {
        return Ops.apply(UnaryOp.NEGATE, x);
    }

    public static Tensor abs(Tensor x) {
        return Ops.apply(UnaryOp.ABS, x);
    }

    public static Tensor sign(Tensor x) {
        return Ops.apply(UnaryOp.SIGN, x);
    }

    public static Tensor square(Tensor x) {
        return Ops.apply(UnaryOp.SQUARE, x);
    }

    public static Tensor reciprocal(Tensor x) {
        return Ops.apply(UnaryOp.RECIPROCAL, x);
    }

    public static Tensor sqrt(Tensor x) {
        return Ops.apply(UnaryOp.SQRT, x);
    }

    public static Tensor rsqrt(Tensor x) {
        return Ops.apply(UnaryOp.RSQRT, x);
    }

    public static Tensor exp(Tensor x) {
        return Ops.apply(UnaryOp.EXP, x);
    }

    public static Tensor expm1(Tensor x) {
        return Ops.apply(UnaryOp.EXPM1, x);
    }

    public static Tensor log(Tensor x) {
        return Ops.apply(UnaryOp.LOG, x);
    }

    public static Tensor log1p(Tensor x) {
        return Ops.apply(UnaryOp.LOG1P, x);
    }

    public static Tensor sin(Tensor x) {
        return Ops.apply(UnaryOp.SIN, x);
    }

    public static Tensor cos(Tensor x) {
        return Ops.apply(UnaryOp.COS, x);
    }

    public static Tensor tanh(Tensor x) {
        return Ops.apply(UnaryOp.TANH, x);
    }

    public static Tensor erf(Tensor x) {
        return Ops.apply(UnaryOp.ERF, x);
    }

    public static Tensor floor(Tensor x) {
        return Ops.apply(UnaryOp.FLOOR, x);
    }

    public static Tensor ceil(Tensor x) {
        return Ops.apply(UnaryOp.CEIL, x);
    }

    public static Tensor round(Tensor x) {
        return Ops.apply(UnaryOp.ROUND, x);
    }

    public static Tensor relu(Tensor x) {
        return NN.relu(x);
    }

    // Comparison, choice, conversion.

    public static Tensor equal(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.EQUAL, a, b);
    }

    public static Tensor equal(Tensor a, double b) {
        return equal(a, Scalars.beside("equal", a, b));
    }

    public static Tensor notEqual(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.NOT_EQUAL, a, b);
    }

    public static Tensor notEqual(Tensor a, double b) {
        return notEqual(a, Scalars.beside("notEqual", a, b));
    }

    public static Tensor less(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.LESS, a, b);
    }

    public static Tensor less(Tensor a, double b) {
        return less(a, Scalars.beside("less", a, b));
    }

    public static Tensor lessEqual(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.LESS_EQUAL, a, b);
    }

    public static Tensor lessEqual(Tensor a, double b) {
        return lessEqual(a, Scalars.beside("lessEqual", a, b));
    }

    public static Tensor greater(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.GREATER, a, b);
    }

    public static Tensor greater(Tensor a, double b) {
        return greater(a, Scalars.beside("greater", a, b));
    }

    public static Tensor greaterEqual(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.GREATER_EQUAL, a, b);
    }

    public static Tensor greaterEqual(Tensor a, double b) {
        return greaterEqual(a, Scalars.beside("greaterEqual", a, b));
    }

    public static Tensor logicalAnd(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.LOGICAL_AND, a, b);
    }

    public static Tensor logicalOr(Tensor a, Tensor b) {
        return Ops.apply(BinaryOp.LOGICAL_OR, a, b);
    }

    public static Tensor logicalNot(Tensor x) {
        return Ops.apply(UnaryOp.LOGICAL_NOT, x);
    }

    /** Element by element {@code condition ? a : b}. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return Ops.apply(new ElementwiseOp.Select(), condition, a, b);
    }

    public static Tensor where(Tensor condition, Tensor a, double b) {
        return where(condition, a, Scalars.beside("where", a, b));
    }

    public static Tensor where(Tensor condition, double a, Tensor b) {
        return where(condition, Scalars.beside("where", b, a), b);
    }

    /** True where an element is no number. */
    public static Tensor isNan(Tensor x) {
        return Ops.apply(UnaryOp.IS_NAN, x);
    }

    /** True where an element is a number and not infinite. */
    public static Tensor isFinite(Tensor x) {
        return Ops.apply(UnaryOp.IS_FINITE, x);
    }

    /** The tensor itself if it has that type already. */
    public static Tensor cast(Tensor x, DType dtype) {
        return x.dtype() == dtype ? x : Ops.apply(new ElementwiseOp.Cast(dtype), x);
    }
}
