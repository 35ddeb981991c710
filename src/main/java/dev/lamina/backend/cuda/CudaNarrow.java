package dev.lamina.backend.cuda;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;

/**
 * Products so small, with so few columns, that starting cuBLAS's kernels takes longer than computing them: by kernels
 * of our own, which add a bias on the way.
 */
final class CudaNarrow {
    private static final int COLUMNS = 16;
    private static final long PRODUCTS = 1 << 20;

    private final CudaLauncher launcher;

    CudaNarrow(CudaLauncher launcher) {
        this.launcher = launcher;
    }

    /** Whether a product {@code (rows, count) x (count, columns)} is one. */
    static boolean fits(DType dtype, long rows, long columns, long count) {
        return dtype == DType.FLOAT32 && columns <= COLUMNS && rows * columns * count <= PRODUCTS;
    }

    /**
     * {@code y = x w}, all of x's leading axes being rows.
     *
     * @param transposed whether w is stored as {@code (columns, count)}
     * @param bias the address of one number a column to be added, or 0
     * @param relu whether {@code max(0, y)} follows
     */
    void multiply(Operand x, Operand w, boolean transposed, long bias, boolean relu, Operand y) {
        int columns = y.shape().size(-1);
        int count = w.shape().size(transposed ? -1 : -2);
        long rows = y.shape().elements() / columns;
        launcher.start(launcher.library().kernel("narrow_product_f32"))
                .pointer(x)
                .pointer(w)
                .pointer(bias)
                .pointer(y)
                .i64(rows)
                .i32(columns)
                .i32(count)
                .i32(transposed ? 1 : columns)
                .i32(transposed ? count : 1)
                .i32(relu ? 1 : 0)
                .overBlocks(rows);
    }
}
