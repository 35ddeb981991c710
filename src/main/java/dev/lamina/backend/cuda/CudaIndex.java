package dev.lamina.backend.cuda;

import dev.lamina.ops.IndexOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;

/**
 * Ops driven by integer indices. Indices are not looked at by the host: what an index outside of the table names is
 * NaN, or 0 for integers.
 */
final class CudaIndex {
    private static final int SCATTER_ROWS = 16;

    private final CudaLauncher launcher;
    private final KernelTable<String> sized;
    private final KernelTable<String> typed;

    CudaIndex(CudaLauncher launcher) {
        this.launcher = launcher;
        KernelLibrary library = launcher.library();
        sized = new KernelTable<>(
                library, (root, type, index) -> root + "_" + KernelTable.size(type) + "_" + KernelTable.type(index));
        typed = KernelTable.twiceTyped(library);
    }

    void run(IndexOp op, Operand[] inputs, Operand[] outputs) {
        switch (op) {
            case IndexOp.Gather _ -> gather(inputs[0], inputs[1], outputs[0]);
            case IndexOp.ScatterAdd scatter -> scatterAdd(scatter.rows(), inputs[0], inputs[1], outputs[0]);
            case IndexOp.OneHot oneHot -> oneHot(oneHot.depth(), inputs[0], outputs[0]);
        }
    }

    private void gather(Operand table, Operand indices, Operand y) {
        Shape shape = table.shape();
        long entry = shape.elements(1, shape.rank());
        long count = indices.shape().elements();
        DType dtype = table.dtype();
        launcher.start(sized.get("gather", dtype, indices.dtype()))
                .pointer(table)
                .pointer(indices)
                .pointer(y)
                .i64(shape.size(0))
                .i64(count)
                .i64(entry)
                .i64(dtype.isFloating() ? CudaLauncher.bits(dtype, Double.NaN) : 0)
                .overElements(count * entry);
    }

    private void scatterAdd(int rows, Operand indices, Operand dy, Operand y) {
        long entry = y.shape().elements(1, y.shape().rank());
        launcher.start(typed.get("scatter_add", dy.dtype(), indices.dtype()))
                .pointer(indices)
                .pointer(dy)
                .pointer(y)
                .i64(rows)
                .i64(indices.shape().elements())
                .i64(entry)
                .overBlocks(Math.ceilDiv(rows, SCATTER_ROWS) * Math.ceilDiv(entry, LaunchPacker.BLOCK));
    }

    private void oneHot(int depth, Operand indices, Operand y) {
        long count = indices.shape().elements();
        launcher.start(sized.get("one_hot", y.dtype(), indices.dtype()))
                .pointer(indices)
                .pointer(y)
                .i64(count)
                .i64(depth)
                .i64(CudaLauncher.bits(y.dtype(), 1))
                .overElements(count * depth);
    }
}
