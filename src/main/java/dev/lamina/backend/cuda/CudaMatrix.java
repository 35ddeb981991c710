package dev.lamina.backend.cuda;

import dev.lamina.ops.MatrixOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;

/**
 * Matrix products by cuBLAS, small ones with few columns by a kernel: one call, or one for each part of a batch whose
 * matrices lie at even distances.
 */
final class CudaMatrix {
    private static final int NARROW_COLUMNS = 16;
    private static final long NARROW_PRODUCTS = 1 << 20;

    private final CudaLauncher launcher;
    private final CudaBlas blas;

    CudaMatrix(CudaLauncher launcher, CudaBlas blas) {
        this.launcher = launcher;
        this.blas = blas;
    }

    void run(MatrixOp op, Operand[] inputs, Operand[] outputs) {
        switch (op) {
            case MatrixOp.Matmul matmul -> matmul(matmul, inputs[0], inputs[1], outputs[0]);
        }
    }

    private void matmul(MatrixOp.Matmul op, Operand a, Operand b, Operand y) {
        Shape batch = y.shape().slice(0, y.shape().rank() - 2);
        long products = batch.elements();
        int m = y.shape().size(-2);
        int n = y.shape().size(-1);
        int k = a.shape().size(op.transposeA() ? -2 : -1);
        if (y.bytes() == 0 || k == 0) {
            launcher.clear(y);
            return;
        }
        long left = CudaBuffer.address(a);
        long right = CudaBuffer.address(b);
        long out = CudaBuffer.address(y);
        boolean oneRight = b.shape().elements() == (long) k * n;
        boolean allLeft = a.shape().elements() == products * m * k;
        if (oneRight && allLeft && !op.transposeA() && products * m <= Integer.MAX_VALUE) {
            // One matrix on the right: the batch is just more rows.
            if (isNarrow(y.dtype(), products * m, n, k)) {
                narrow(op, a, b, y, k);
                return;
            }
            CudaGemm rows = CudaGemm.dense(false, op.transposeB(), (int) (products * m), n, k);
            blas.multiply(rows, y.dtype(), left, right, out);
            return;
        }
        CudaGemm gemm = CudaGemm.dense(op.transposeA(), op.transposeB(), m, n, k);
        CudaStrides matrices = CudaStrides.of(
                batch.sizes(),
                CudaStrides.broadcast(a.shape().slice(0, a.shape().rank() - 2), batch),
                CudaStrides.broadcast(b.shape().slice(0, b.shape().rank() - 2), batch));
        int last = matrices.rank() - 1;
        int run = Math.toIntExact(matrices.size(last));
        CudaGemm part =
                gemm.batched(run, matrices.stride(0, last) * m * k, matrices.stride(1, last) * k * n, (long) m * n);
        long width = y.dtype().bytes();
        for (long first = 0; first < products; first += run) {
            blas.multiply(
                    part,
                    y.dtype(),
                    left + offset(matrices, 0, first / run) * m * k * width,
                    right + offset(matrices, 1, first / run) * k * n * width,
                    out + first * m * n * width);
        }
    }

    /**
     * Whether the product is so small, with so few columns, that starting cuBLAS's kernels takes longer than computing
     * it.
     */
    private static boolean isNarrow(DType dtype, long rows, int columns, int count) {
        return dtype == DType.FLOAT32 && columns <= NARROW_COLUMNS && rows * columns * count <= NARROW_PRODUCTS;
    }

    private void narrow(MatrixOp.Matmul op, Operand a, Operand b, Operand y, int count) {
        int columns = y.shape().size(-1);
        long rows = y.shape().elements() / columns;
        launcher.start(launcher.library().kernel("narrow_product_f32"))
                .pointer(a)
                .pointer(b)
                .pointer(y)
                .i64(rows)
                .i32(columns)
                .i32(count)
                .i32(op.transposeB() ? 1 : columns)
                .i32(op.transposeB() ? count : 1)
                .overBlocks(rows);
    }

    /** The first matrix of an operand for a run of the batch: the index counts over all axes but the last. */
    private static long offset(CudaStrides matrices, int operand, long index) {
        long offset = 0;
        long rest = index;
        for (int axis = matrices.rank() - 2; axis >= 0; axis--) {
            offset += rest % matrices.size(axis) * matrices.stride(operand, axis);
            rest /= matrices.size(axis);
        }
        return offset;
    }
}
