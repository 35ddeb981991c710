package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;

/**
 * Which element of each window max pooling has chosen, as a byte: its number in the window, row by row, the first of
 * those that equal the maximum; {@link #NOBODY} where none does, which is where the maximum is NaN. So the gradient
 * needs neither what was pooled nor the maxima. Only for windows side by side on two axes, which see no padding.
 */
final class PoolingWinners {
    /** No element. */
    static final int NOBODY = 255;

    private PoolingWinners() {}

    /**
     * Whether the windows lie side by side over images {@code (batch, height, width, channels)}, sizes known or not.
     */
    static boolean serves(Window window, Shape images) {
        if (window.rank() != 2 || window.size().elements() >= NOBODY) {
            return false;
        }
        for (int i = 0; i < window.rank(); i++) {
            Window.Axis axis = window.axes().get(i);
            if (axis.dilation() != 1 || axis.stride() != axis.size() || !isInside(axis, images.size(i + 1))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isInside(Window.Axis axis, int input) {
        int places = axis.places(input);
        return places == Shape.UNKNOWN
                ? axis.padding() instanceof Window.Fixed(int before, int _) && before == 0
                : places > 0 && axis.before(input) == 0 && places * axis.stride() <= input;
    }

    /** An error unless they do. */
    static void require(Op op, Window window, Shape images) {
        if (!serves(window, images)) {
            throw new ShapeException("[" + op.opName() + "] expected windows side by side on two axes, which see no "
                    + "padding; received " + window + " over " + images + ".");
        }
    }

    /**
     * The winners of each window.
     *
     * @param positive whether only what is above 0 can win
     */
    static Tensor of(OpSink ops, Window window, Tensor images, Tensor maxima, boolean positive) {
        Shape pooled = maxima.shape();
        int rows = window.size().size(0);
        int columns = window.size().size(1);
        int height = pooled.size(1);
        int width = pooled.size(2);
        Tensor covered = ops.apply(
                new ShapeOp.Slice(
                        List.of(0, 0, 0, 0), List.of(pooled.size(0), height * rows, width * columns, pooled.size(3))),
                images);
        Tensor apart = ops.apply(
                new ShapeOp.Reshape(Shape.of(pooled.size(0), height, rows, width, columns, pooled.size(3))), covered);
        Tensor windows = ops.apply(
                new ShapeOp.Reshape(windows(pooled, rows * columns)),
                ops.apply(new ShapeOp.Transpose(List.of(0, 1, 3, 5, 2, 4)), apart));
        Tensor most = ops.apply(new ShapeOp.Reshape(windows(pooled, 1)), maxima);
        Tensor equal = ops.apply(new ElementwiseOp.Cast(DType.INT32), ops.apply(BinaryOp.EQUAL, windows, most));
        Tensor first = ops.apply(new ReductionOp.ArgReduce(true, 4), equal);
        Tensor wins = positive
                ? ops.apply(BinaryOp.GREATER, maxima, ops.constant(0, maxima.dtype()))
                : ops.apply(BinaryOp.EQUAL, maxima, maxima);
        Tensor chosen = ops.apply(new ElementwiseOp.Select(), wins, first, ops.constant(NOBODY, DType.INT32));
        return ops.apply(new ElementwiseOp.Cast(DType.UINT8), chosen);
    }

    /** Gives each gradient to the winner of its window, of images of that shape; 0 to all others. */
    static Tensor give(OpSink ops, Window window, Tensor winners, Tensor gradients, Shape images) {
        Shape pooled = gradients.shape();
        int rows = window.size().size(0);
        int columns = window.size().size(1);
        int height = pooled.size(1);
        int width = pooled.size(2);
        Tensor numbers = ops.apply(
                new ShapeOp.Reshape(windows(pooled, 1)), ops.apply(new ElementwiseOp.Cast(DType.INT32), winners));
        Tensor all = ops.apply(new SourceOp.Range(0, rows * columns, DType.INT32));
        Tensor dy = ops.apply(new ShapeOp.Reshape(windows(pooled, 1)), gradients);
        Tensor given = ops.apply(
                new ElementwiseOp.Select(),
                ops.apply(BinaryOp.EQUAL, numbers, all),
                dy,
                ops.constant(0, gradients.dtype()));
        Tensor apart = ops.apply(
                new ShapeOp.Reshape(Shape.of(pooled.size(0), height, width, pooled.size(3), rows, columns)), given);
        Tensor covered = ops.apply(
                new ShapeOp.Reshape(Shape.of(pooled.size(0), height * rows, width * columns, pooled.size(3))),
                ops.apply(new ShapeOp.Transpose(List.of(0, 1, 4, 2, 5, 3)), apart));
        List<Integer> after = List.of(0, images.size(1) - height * rows, images.size(2) - width * columns, 0);
        return ops.apply(new ShapeOp.Pad(List.of(0, 0, 0, 0), after, 0), covered);
    }

    /** The elements of each window side by side. */
    private static Shape windows(Shape pooled, int elements) {
        return Shape.of(pooled.size(0), pooled.size(1), pooled.size(2), pooled.size(3), elements);
    }
}
