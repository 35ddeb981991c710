package dev.lamina.runtime;

import dev.lamina.errors.ShapeException;
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
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The functions that layers and users compute with. They run at once, or are recorded when a step is being traced.
 * Shapes broadcast by NumPy's rule; element types are never promoted. {@link NN} has those of neural networks.
 */
public final class Ops extends Elementwise {
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

    /** Zeros of a tensor's shape and type, which for a weight under a mixed policy is the compute type. */
    public static Tensor zerosLike(Tensor x) {
        DType dtype = Autocast.dtype(x);
        return isFilled(x) ? full(x.shape(), 0, dtype) : cast(logicalNot(everywhere(x)), dtype);
    }

    /** Ones, as {@link #zerosLike}. */
    public static Tensor onesLike(Tensor x) {
        DType dtype = Autocast.dtype(x);
        return isFilled(x) ? full(x.shape(), 1, dtype) : cast(everywhere(x), dtype);
    }

    /**
     * Whether a shape is all that is needed: a tensor of a graph has to stay one, since calls of the graph come later.
     */
    private static boolean isFilled(Tensor x) {
        return x.shape().isFullyKnown() && (Execution.isSymbolic() || !(x instanceof SymbolicTensor));
    }

    /** True for each element, NaN included: for shapes that only the tensor itself has. */
    private static Tensor everywhere(Tensor x) {
        Tensor same = equal(x, x);
        return logicalOr(same, logicalNot(same));
    }

    /** {@code start, start + 1, ...}, {@code count} of them. */
    public static Tensor range(int start, int count, DType dtype) {
        return apply(new SourceOp.Range(start, count, dtype));
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

    /** The product along some axes, in the order of a tree; 1 where there is nothing. */
    public static Tensor prod(Tensor x, int... axes) {
        AlongAxis.checkNumbers("prod", x);
        Tensor product = x;
        int[] reduced = reduced("prod", x, axes);
        for (int axis : reduced) {
            product = AlongAxis.prod(product, axis);
        }
        return squeeze("prod", product, reduced);
    }

    /** The mean of {@code (x - mean(x))^2}; of 16-bit types computed in float32. */
    public static Tensor var(Tensor x, int... axes) {
        DType dtype = Autocast.dtype(x);
        Tensor wide = dtype.isHalf() ? cast(cast(x, dtype), DType.FLOAT32) : x;
        Tensor mean = reduce(ReductionOp.Kind.MEAN, wide, true, axes);
        return cast(mean(square(subtract(wide, mean)), axes), dtype);
    }

    /** The standard deviation, {@code sqrt(var(x))}. */
    public static Tensor std(Tensor x, int... axes) {
        return sqrt(var(x, axes));
    }

    /** {@code log(sum(exp(x)))}, without overflow; {@code -infinity} where there is nothing. */
    public static Tensor logsumexp(Tensor x, int... axes) {
        int[] reduced = reduced("logsumexp", x, axes);
        Tensor filled = AlongAxis.filled(x, Double.NEGATIVE_INFINITY, axes);
        Tensor largest = stopGradient(reduce(ReductionOp.Kind.MAX, filled, true, axes));
        Tensor top = where(isFinite(largest), largest, 0);
        Tensor sum = reduce(ReductionOp.Kind.SUM, exp(subtract(filled, top)), true, axes);
        return squeeze("logsumexp", add(log(sum), top), reduced);
    }

    private static int[] reduced(String op, Tensor x, int... axes) {
        if (Arrays.stream(axes).map(x.shape()::axis).distinct().count() != axes.length) {
            throw new ShapeException("[" + op + "] expected axes of " + x.spec() + ", each once; received "
                    + Arrays.toString(axes) + ".");
        }
        return AlongAxis.named(x, axes);
    }

    /** Whether any element is true; of numbers, whether any is not 0. False where there is nothing. */
    public static Tensor any(Tensor x, int... axes) {
        return max(AlongAxis.filled(truth(x), 0, axes), axes);
    }

    /** Whether all elements are true; of numbers, whether none is 0. True where there is nothing. */
    public static Tensor all(Tensor x, int... axes) {
        return min(AlongAxis.filled(truth(x), 1, axes), axes);
    }

    private static Tensor truth(Tensor x) {
        return x.dtype() == DType.BOOL ? x : notEqual(x, 0);
    }

    /** The sums from the first element along an axis to each: {@code y[i] = x[0] + ... + x[i]}. */
    public static Tensor cumsum(Tensor x, int axis) {
        return AlongAxis.cumsum(x, axis);
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
        return expandDims("expandDims", x, axis);
    }

    private static Tensor expandDims(String op, Tensor x, int axis) {
        int rank = x.shape().rank();
        int at = axis < 0 ? axis + rank + 1 : axis;
        if (at < 0 || at > rank) {
            throw new ShapeException("[" + op + "] expected an axis of the result, from " + (-rank - 1) + " to " + rank
                    + "; received axis " + axis + " for " + x.spec() + ".");
        }
        Shape shape = x.shape().slice(0, at).append(1);
        return apply(new ShapeOp.Reshape(shape.append(x.shape().slice(at, rank).sizes())), x);
    }

    /** Without these axes, which have to be of size 1; no axes means all of that size. */
    public static Tensor squeeze(Tensor x, int... axes) {
        Shape shape = x.shape();
        IntStream ones = IntStream.range(0, shape.rank()).filter(axis -> shape.size(axis) == 1);
        return squeeze("squeeze", x, axes.length > 0 ? axes : ones.toArray());
    }

    private static Tensor squeeze(String op, Tensor x, int... axes) {
        Set<Integer> gone = new HashSet<>();
        for (int axis : axes) {
            if (x.shape().size(axis) != 1 || !gone.add(x.shape().axis(axis))) {
                throw new ShapeException("[" + op + "] expected axes of size 1, each once; received "
                        + Arrays.toString(axes) + " of " + x.spec() + ".");
            }
        }
        IntStream left = IntStream.range(0, x.shape().rank()).filter(axis -> !gone.contains(axis));
        return gone.isEmpty()
                ? AlongAxis.value(x)
                : reshape(x, left.map(x.shape()::size).toArray());
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

    /** Tensors of one shape along a new axis of the result. */
    public static Tensor stack(List<Tensor> tensors, int axis) {
        return concat(tensors.stream().map(x -> expandDims("stack", x, axis)).toList(), axis);
    }

    /** The entries along an axis, without it: what {@link #stack} takes. */
    public static List<Tensor> unstack(Tensor x, int axis) {
        int size = AlongAxis.size("unstack", x, axis);
        return size == 0
                ? List.of()
                : split(x, size, axis).stream().map(part -> squeeze(part, axis)).toList();
    }

    /** Equal parts along an axis. */
    public static List<Tensor> split(Tensor x, int parts, int axis) {
        return AlongAxis.split(x, parts, axis);
    }

    /** The parts along an axis before, between and behind those places, which rise. */
    public static List<Tensor> split(Tensor x, int[] places, int axis) {
        return AlongAxis.split(x, places, axis);
    }

    /** The tensor repeated along each axis; the numbers belong to the last axes. */
    public static Tensor tile(Tensor x, int... times) {
        return AlongAxis.tile(x, times);
    }

    /** With {@code amounts[axis][0]} zeros before each axis and {@code amounts[axis][1]} behind it. */
    public static Tensor pad(Tensor x, int[][] amounts) {
        return pad(x, amounts, 0);
    }

    public static Tensor pad(Tensor x, int[][] amounts, double value) {
        Scalars.check("pad", value, x.dtype());
        if (!Arrays.stream(amounts).allMatch(pair -> pair.length == 2)) {
            throw new ShapeException("[pad] expected two amounts for each axis of " + x.spec() + "; received "
                    + Arrays.deepToString(amounts) + ".");
        }
        List<Integer> before = Arrays.stream(amounts).map(pair -> pair[0]).toList();
        List<Integer> after = Arrays.stream(amounts).map(pair -> pair[1]).toList();
        return apply(new ShapeOp.Pad(before, after, value), x);
    }

    /** Entries of the first axis of a table. */
    public static Tensor gather(Tensor table, Tensor indices) {
        return apply(new IndexOp.Gather(), table, indices);
    }

    public static Tensor oneHot(Tensor indices, int depth, DType dtype) {
        return apply(new IndexOp.OneHot(depth, dtype), indices);
    }
}
