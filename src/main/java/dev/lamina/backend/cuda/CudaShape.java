package dev.lamina.backend.cuda;

import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.util.List;

/** Ops that move elements: each is one strided copy, or a few; plain copies where nothing changes its order. */
final class CudaShape {
    private static final String TILES = "transpose_tiles";

    private final CudaLauncher launcher;
    private final KernelTable<String> sized;

    CudaShape(CudaLauncher launcher) {
        this.launcher = launcher;
        this.sized = KernelTable.sized(launcher.library());
    }

    void run(ShapeOp op, Operand[] inputs, Operand[] outputs) {
        Operand y = outputs[0];
        switch (op) {
            case ShapeOp.Reshape _ -> launcher.copy(inputs[0], y);
            case ShapeOp.BroadcastTo _ -> broadcast(inputs[0], y);
            case ShapeOp.Transpose transpose -> transpose(transpose.axes(), inputs[0], y);
            case ShapeOp.Slice slice -> slice(slice.starts(), inputs[0], y);
            case ShapeOp.Pad pad -> pad(pad, inputs[0], y);
            case ShapeOp.Concat concat -> concat(concat.axis(), inputs, y);
        }
    }

    private void broadcast(Operand x, Operand y) {
        long[] strides = CudaStrides.broadcast(x.shape(), y.shape());
        launcher.copy(y.shape(), CudaBuffer.address(x), strides, CudaBuffer.address(y), dense(y), y.dtype());
    }

    private void transpose(List<Integer> axes, Operand x, Operand y) {
        long[] dense = dense(x);
        long[] strides = axes.stream().mapToLong(axis -> dense[axis]).toArray();
        CudaStrides merged = CudaStrides.of(y.shape().sizes(), strides, dense(y));
        int rank = merged.rank();
        // (batch, rows, columns) to (batch, columns, rows): the last two axes of the result, as they lie in x, have
        // strides
        // 1 and columns.
        boolean tiles = (rank == 2 || rank == 3)
                && merged.stride(0, rank - 2) == 1
                && merged.stride(0, rank - 1) == merged.size(rank - 2)
                && (rank == 2 || merged.stride(0, 0) == merged.size(1) * merged.size(2));
        if (!tiles || y.bytes() == 0) {
            launcher.copy(y.shape(), CudaBuffer.address(x), strides, CudaBuffer.address(y), dense(y), y.dtype());
            return;
        }
        long batch = rank == 3 ? merged.size(0) : 1;
        long rows = merged.size(rank - 1);
        long columns = merged.size(rank - 2);
        launcher.start(sized.get(TILES, y.dtype()))
                .pointer(x)
                .pointer(y)
                .i64(batch)
                .i64(rows)
                .i64(columns)
                .overTiles(batch, rows, columns);
    }

    private void slice(List<Integer> starts, Operand x, Operand y) {
        launcher.copy(y.shape(), at(x, starts), dense(x), CudaBuffer.address(y), dense(y), y.dtype());
    }

    private void pad(ShapeOp.Pad pad, Operand x, Operand y) {
        launcher.fill(y, pad.value());
        launcher.copy(x.shape(), CudaBuffer.address(x), dense(x), at(y, pad.before()), dense(y), y.dtype());
    }

    private void concat(int axis, Operand[] inputs, Operand y) {
        int at = y.shape().axis(axis);
        long[] strides = dense(y);
        long target = CudaBuffer.address(y);
        for (Operand x : inputs) {
            launcher.copy(x.shape(), CudaBuffer.address(x), dense(x), target, strides, y.dtype());
            target += x.shape().size(at) * strides[at] * y.dtype().bytes();
        }
    }

    private static long[] dense(Operand x) {
        return CudaStrides.dense(x.shape());
    }

    /** Where the element at {@code starts} lies. */
    private static long at(Operand x, List<Integer> starts) {
        Shape shape = x.shape();
        long[] strides = CudaStrides.dense(shape);
        long start = 0;
        for (int axis = 0; axis < strides.length; axis++) {
            start += starts.get(axis) * strides[axis];
        }
        return CudaBuffer.address(x) + start * x.dtype().bytes();
    }
}
