package dev.lamina.runtime;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * A tensor seen as rows: some of its axes, taken together, become the last one, for functions that work on that. Axes
 * that lie there already are not moved.
 */
public final class Rows {
    private final Tensor x;
    private final int[] order;
    private final int rowAxes;

    private Rows(Tensor x, int[] order, int rowAxes) {
        this.x = x;
        this.order = order;
        this.rowAxes = rowAxes;
    }

    /** The rows over these axes, each named once; no axes are a {@link ShapeException}. */
    public static Rows of(Tensor x, int... axes) {
        Shape shape = x.shape();
        int[] row = Arrays.stream(axes).map(shape::axis).distinct().toArray();
        if (row.length == 0 || row.length != axes.length) {
            throw new ShapeException(
                    "[rows] expected one or more axes, each once; received " + Arrays.toString(axes) + ".");
        }
        IntStream others = IntStream.range(0, shape.rank())
                .filter(axis -> Arrays.stream(row).noneMatch(one -> one == axis));
        return new Rows(x, IntStream.concat(others, Arrays.stream(row)).toArray(), row.length);
    }

    /** Applies a function that keeps the shape, and puts the axes back in their places. */
    public Tensor apply(UnaryOperator<Tensor> function) {
        boolean moved = !Arrays.equals(order, IntStream.range(0, order.length).toArray());
        Tensor ordered = moved ? Ops.transpose(x, order) : x;
        Tensor result = rowAxes == 1 ? function.apply(ordered) : merged(ordered, function);
        return moved ? Ops.transpose(result, inverse()) : result;
    }

    private Tensor merged(Tensor ordered, UnaryOperator<Tensor> function) {
        Shape shape = ordered.shape();
        Shape others = shape.slice(0, shape.rank() - rowAxes);
        Shape row = shape.slice(others.rank(), shape.rank());
        int size = row.isFullyKnown() ? Math.toIntExact(row.elements()) : Shape.UNKNOWN;
        Tensor rows = Ops.reshape(ordered, others.append(size).sizes());
        return Ops.reshape(function.apply(rows), shape.sizes());
    }

    private int[] inverse() {
        int[] inverse = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            inverse[order[i]] = i;
        }
        return inverse;
    }
}
