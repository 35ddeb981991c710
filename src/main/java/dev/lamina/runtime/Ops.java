package dev.lamina.runtime;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The functions that layers and users compute with. They run at once, or are recorded when a step is being traced.
 * Shapes broadcast by NumPy's rule; element types are never promoted. {@link NN} has those of neural networks.
 */
public final class Ops {
    private Ops() {}

    /** Applies an op of the user's own (or any other) that has one output. */
    public static Tensor apply(Op op, Tensor... inputs) {
        return Dispatch.INSTANCE.apply(op, inputs);
    }

    /** Applies an op; all of its outputs. */
    public static List<Tensor> applyAll(Op op, Tensor... inputs) {
        return Dispatch.INSTANCE.applyAll(op, inputs);
    }

    // Sources.

    /** A float32 tensor; with no sizes of shape {@code (values.length,)}. */
    public static Tensor tensor(float[] values, int... sizes) {
        return tensor(HostArray.of(values, sizes));
    }

    /** A float32 matrix. */
    public static Tensor tensor(float[][] rows) {
        return tensor(HostArray.of(rows));
    }

    /** An int32 tensor. */
    public static Tensor tensor(int[] values, int... sizes) {
        return tensor(HostArray.of(values, sizes));
    }

    /** The values of a host array on the current backend. Inside of a traced step they are a constant of the step. */
    public static Tensor tensor(HostArray values) {
        return Dispatch.upload("tensor", values);
    }

    /** A scalar; what an integer type doesn't hold exactly is a {@link dev.lamina.errors.DTypeException}. */
    public static Tensor constant(double value, DType dtype) {
        Scalars.check("constant", value, dtype);
        return apply(new SourceOp.Fill(Shape.scalar(), dtype, value));
    }

    /** A tensor of one value, as {@link #constant}. */
    public static Tensor full(Shape shape, double value, DType dtype) {
        Scalars.check("full", value, dtype);
        return apply(new SourceOp.Fill(shape, dtype, value));
    }

    public static Tensor zeros(int... sizes) {
        return full(Shape.of(sizes), 0, DType.FLOAT32);
    }

    public static Tensor ones(int... sizes) {
        return full(Shape.of(sizes), 1, DType.FLOAT32);
    }

    /** {@code start, start + 1, ...}, {@code count} of them. */
    public static Tensor range(int start, int count, DType dtype) {
        return apply(new SourceOp.Range(start, count, dtype));
    }

    // Arithmetic. A number beside an integer tensor has to be one that its type holds, else it is a DTypeException.

    public static Tensor add(Tensor a, Tensor b) {
        return apply(BinaryOp.ADD, a, b);
    }

    public static Tensor add(Tensor a, double b) {
        return add(a, Scalars.beside("add", a, b));
    }

    public static Tensor subtract(Tensor a, Tensor b) {
        return apply(BinaryOp.SUBTRACT, a, b);
    }

    public static Tensor subtract(Tensor a, double b) {
        return subtract(a, Scalars.beside("subtract", a, b));
    }

    public static Tensor subtract(double a, Tensor b) {
        return subtract(Scalars.beside("subtract", b, a), b);
    }

    public static Tensor multiply(Tensor a, Tensor b) {
        return apply(BinaryOp.MULTIPLY, a, b);
    }

    public static Tensor multiply(Tensor a, double b) {
        return multiply(a, Scalars.beside("multiply", a, b));
    }

    public static Tensor divide(Tensor a, Tensor b) {
        return apply(BinaryOp.DIVIDE, a, b);
    }

    public static Tensor divide(Tensor a, double b) {
        return divide(a, Scalars.beside("divide", a, b));
    }

    public static Tensor divide(double a, Tensor b) {
        return divide(Scalars.beside("divide", b, a), b);
    }

    /** The quotient rounded down; an integer division by zero gives 0. */
    public static Tensor floorDivide(Tensor a, Tensor b) {
        return apply(BinaryOp.FLOOR_DIVIDE, a, b);
    }

    /** The remainder, of the divisor's sign. */
    public static Tensor mod(Tensor a, Tensor b) {
        return apply(BinaryOp.MOD, a, b);
    }

    public static Tensor power(Tensor base, Tensor exponent) {
        return apply(BinaryOp.POWER, base, exponent);
    }

    public static Tensor maximum(Tensor a, Tensor b) {
        return apply(BinaryOp.MAXIMUM, a, b);
    }

    public static Tensor maximum(Tensor a, double b) {
        return maximum(a, Scalars.beside("maximum", a, b));
    }

    public static Tensor minimum(Tensor a, Tensor b) {
        return apply(BinaryOp.MINIMUM, a, b);
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
        return apply(UnaryOp.NEGATE, x);
    }

    public static Tensor abs(Tensor x) {
        return apply(UnaryOp.ABS, x);
    }

    public static Tensor sign(Tensor x) {
        return apply(UnaryOp.SIGN, x);
    }

    public static Tensor square(Tensor x) {
        return apply(UnaryOp.SQUARE, x);
    }

    public static Tensor reciprocal(Tensor x) {
        return apply(UnaryOp.RECIPROCAL, x);
    }

    public static Tensor sqrt(Tensor x) {
        return apply(UnaryOp.SQRT, x);
    }

    public static Tensor rsqrt(Tensor x) {
        return apply(UnaryOp.RSQRT, x);
    }

    public static Tensor exp(Tensor x) {
        return apply(UnaryOp.EXP, x);
    }

    public static Tensor expm1(Tensor x) {
        return apply(UnaryOp.EXPM1, x);
    }

    public static Tensor log(Tensor x) {
        return apply(UnaryOp.LOG, x);
    }

    public static Tensor log1p(Tensor x) {
        return apply(UnaryOp.LOG1P, x);
    }

    public static Tensor sin(Tensor x) {
        return apply(UnaryOp.SIN, x);
    }

    public static Tensor cos(Tensor x) {
        return apply(UnaryOp.COS, x);
    }

    public static Tensor tanh(Tensor x) {
        return apply(UnaryOp.TANH, x);
    }

    public static Tensor erf(Tensor x) {
        return apply(UnaryOp.ERF, x);
    }

    public static Tensor floor(Tensor x) {
        return apply(UnaryOp.FLOOR, x);
    }

    public static Tensor ceil(Tensor x) {
        return apply(UnaryOp.CEIL, x);
    }

    public static Tensor round(Tensor x) {
        return apply(UnaryOp.ROUND, x);
    }

    public static Tensor relu(Tensor x) {
        return NN.relu(x);
    }

    // Comparison, choice, conversion.

    public static Tensor equal(Tensor a, Tensor b) {
        return apply(BinaryOp.EQUAL, a, b);
    }

    public static Tensor notEqual(Tensor a, Tensor b) {
        return apply(BinaryOp.NOT_EQUAL, a, b);
    }

    public static Tensor less(Tensor a, Tensor b) {
        return apply(BinaryOp.LESS, a, b);
    }

    public static Tensor lessEqual(Tensor a, Tensor b) {
        return apply(BinaryOp.LESS_EQUAL, a, b);
    }

    public static Tensor greater(Tensor a, Tensor b) {
        return apply(BinaryOp.GREATER, a, b);
    }

    public static Tensor greaterEqual(Tensor a, Tensor b) {
        return apply(BinaryOp.GREATER_EQUAL, a, b);
    }

    public static Tensor logicalAnd(Tensor a, Tensor b) {
        return apply(BinaryOp.LOGICAL_AND, a, b);
    }

    public static Tensor logicalOr(Tensor a, Tensor b) {
        return apply(BinaryOp.LOGICAL_OR, a, b);
    }

    public static Tensor logicalNot(Tensor x) {
        return apply(UnaryOp.LOGICAL_NOT, x);
    }

    /** Element by element {@code condition ? a : b}. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return apply(new ElementwiseOp.Select(), condition, a, b);
    }

    /** The tensor itself if it has that type already. */
    public static Tensor cast(Tensor x, DType dtype) {
        return x.dtype() == dtype ? x : apply(new ElementwiseOp.Cast(dtype), x);
    }

    /** The same values, through which no gradient flows. */
    public static Tensor stopGradient(Tensor x) {
        List<GradientTape> tapes = Ambient.current().tapes;
        List<GradientTape> outer = List.copyOf(tapes);
        tapes.clear();
        try {
            return apply(UnaryOp.IDENTITY, x);
        } finally {
            tapes.addAll(outer);
        }
    }

    // Reductions; no axes means all of them.

    public static Tensor sum(Tensor x, int... axes) {
        return reduce(ReductionOp.Kind.SUM, x, false, axes);
    }

    public static Tensor mean(Tensor x, int... axes) {
        return reduce(ReductionOp.Kind.MEAN, x, false, axes);
    }

    public static Tensor max(Tensor x, int... axes) {
        return reduce(ReductionOp.Kind.MAX, x, false, axes);
    }

    public static Tensor min(Tensor x, int... axes) {
        return reduce(ReductionOp.Kind.MIN, x, false, axes);
    }

    /** A reduction whose axes may stay, with size 1. */
    public static Tensor reduce(ReductionOp.Kind kind, Tensor x, boolean keepAxes, int... axes) {
        return apply(ReductionOp.Reduce.of(kind, keepAxes, axes), x);
    }

    /** The index of the first largest element along an axis, int32. */
    public static Tensor argmax(Tensor x, int axis) {
        return apply(new ReductionOp.ArgReduce(true, axis), x);
    }

    public static Tensor argmin(Tensor x, int axis) {
        return apply(new ReductionOp.ArgReduce(false, axis), x);
    }

    // Matrices and shapes.

    /** {@code (..., m, k) x (..., k, n) -> (..., m, n)}. */
    public static Tensor matmul(Tensor a, Tensor b) {
        return apply(new MatrixOp.Matmul(false, false), a, b);
    }

    /** One size may be {@link Shape#UNKNOWN}: what is left over. */
    public static Tensor reshape(Tensor x, int... sizes) {
        return apply(new ShapeOp.Reshape(Shape.of(sizes)), x);
    }

    /** Axis {@code i} of the result is axis {@code axes[i]}; no axes means the reverse order. */
    public static Tensor transpose(Tensor x, int... axes) {
        List<Integer> order =
                new ArrayList<>(Arrays.stream(axes).mapToObj(x.shape()::axis).toList());
        for (int axis = x.shape().rank() - 1; axes.length == 0 && axis >= 0; axis--) {
            order.add(axis);
        }
        return apply(new ShapeOp.Transpose(order), x);
    }

    public static Tensor broadcastTo(Tensor x, Shape shape) {
        return apply(new ShapeOp.BroadcastTo(shape), x);
    }

    /** A new axis of size 1 before that axis of the result. */
    public static Tensor expandDims(Tensor x, int axis) {
        int at = axis < 0 ? axis + x.shape().rank() + 1 : axis;
        Shape shape = x.shape().slice(0, at).append(1);
        return apply(
                new ShapeOp.Reshape(
                        shape.append(x.shape().slice(at, x.shape().rank()).sizes())),
                x);
    }

    /** The box that begins at {@code starts}; a size may be {@link Shape#UNKNOWN}: all that is left. */
    public static Tensor slice(Tensor x, int[] starts, int[] sizes) {
        return apply(
                new ShapeOp.Slice(
                        Arrays.stream(starts).boxed().toList(),
                        Arrays.stream(sizes).boxed().toList()),
                x);
    }

    public static Tensor concat(List<Tensor> tensors, int axis) {
        return apply(new ShapeOp.Concat(axis), tensors.toArray(Tensor[]::new));
    }

    /** Entries of the first axis of a table. */
    public static Tensor gather(Tensor table, Tensor indices) {
        return apply(new IndexOp.Gather(), table, indices);
    }

    public static Tensor oneHot(Tensor indices, int depth, DType dtype) {
        return apply(new IndexOp.OneHot(depth, dtype), indices);
    }
}
