package dev.lamina.backend.cuda;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.RandomOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The matrix along whose rows the ops of a sequence work. Each value has an element for each of the matrix's, or one
 * for each row.
 */
record RowFrame(long rows, long columns) {
    private static final long MOST_COLUMNS = 1024;

    /** A warp takes 32 columns at a time. So many elements, idle threads counted, keep a device busy op by op. */
    private static final long MOST_ELEMENTS = 1 << 18;

    private static final long WARP = 32;

    /** Of an op that works along something else. */
    private static final RowFrame NONE = new RowFrame(0, 0);

    /** The frame that all ops of a sequence agree on, if there is one that the kernel can work in. */
    static Optional<RowFrame> of(FusedOp.Sequence op) {
        List<TensorSpec> values = new ArrayList<>(op.inputs());
        Optional<RowFrame> common = Optional.empty();
        for (FusedOp.Sequence.Step one : op.steps()) {
            List<TensorSpec> inputs = one.arguments().stream().map(values::get).toList();
            Optional<RowFrame> own = of(one.op(), inputs);
            if (common.isPresent() && own.isPresent() && !common.equals(own)) {
                return Optional.empty();
            }
            common = common.isPresent() ? common : own;
            values.addAll(one.op().infer(inputs));
        }
        if (common.isEmpty() && values.stream().allMatch(value -> value.shape().elements() == 1)) {
            common = Optional.of(new RowFrame(1, 1));
        }
        return common.filter(RowFrame::isSmall);
    }

    /** The matrix that an op works in; none if any will do. */
    private static Optional<RowFrame> of(Op op, List<TensorSpec> inputs) {
        return switch (op) {
            case SoftmaxOp _ -> Optional.of(along(inputs.get(0).shape(), -1));
            case ReductionOp.ArgReduce arg -> Optional.of(along(inputs.get(0).shape(), arg.axis()));
            case IndexOp.OneHot hot ->
                Optional.of(new RowFrame(inputs.get(0).shape().elements(), hot.depth()));
            case ReductionOp.Reduce reduce -> reduction(reduce, inputs.get(0).shape());
            case ElementwiseOp _, ShapeOp _, SourceOp _ -> Optional.empty();
            case MatrixOp _, IndexOp _, NormalizationOp _, ConvolutionOp _, PoolingOp _ -> Optional.of(NONE);
            case RandomOp _, OptimizerOp _, FusedOp _, CustomOp _ -> Optional.of(NONE);
        };
    }

    private static RowFrame along(Shape shape, int axis) {
        int at = shape.axis(axis);
        return shape.elements(at + 1, shape.rank()) == 1 ? new RowFrame(shape.elements(0, at), shape.size(at)) : NONE;
    }

    /** What is reduced must lie behind what is kept, axes of size 1 aside. */
    private static Optional<RowFrame> reduction(ReductionOp.Reduce op, Shape shape) {
        boolean[] reduced = op.reduced(shape);
        long rows = 1;
        long columns = 1;
        boolean fits = true;
        for (int axis = 0; axis < reduced.length; axis++) {
            long size = shape.size(axis);
            if (reduced[axis]) {
                columns *= size;
            } else if (size != 1) {
                fits &= columns == 1;
                rows *= size;
            }
        }
        if (!fits) {
            return Optional.of(NONE);
        }
        return columns == 1 ? Optional.empty() : Optional.of(new RowFrame(rows, columns));
    }

    private boolean isSmall() {
        return rows > 0
                && columns > 0
                && columns <= MOST_COLUMNS
                && rows * Math.ceilDiv(columns, WARP) * WARP <= MOST_ELEMENTS;
    }

    /** Whether a value has an element for each of the matrix's. */
    boolean isFull(Shape shape) {
        return shape.elements() == rows * columns;
    }

    /** Whether a value has an element for each row. */
    boolean isOfRows(Shape shape) {
        return shape.elements() == rows;
    }

    /** Whether a value of one element a row is repeated along each row of a shape. */
    boolean isRepeatedAlongRows(Shape value, Shape over) {
        if (!isOfRows(value) || !isFull(over)) {
            return false;
        }
        CudaStrides axes = CudaStrides.of(over.sizes(), CudaStrides.broadcast(value, over));
        return rows == 1
                || axes.rank() == 2 && axes.stride(0, 0) == 1 && axes.stride(0, 1) == 0 && axes.size(1) == columns;
    }
}
