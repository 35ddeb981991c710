package dev.lamina.backend.cuda;

import dev.lamina.ops.MatrixOp;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;

/**
 * Matrix products by cuBLAS, small ones with few columns by a kernel: one call, or one for each part of a batch whose
 * matrices lie at even distances.
 */
final class CudaMatrix {
    private final CudaLauncher launcher;
    private final CudaBlas blas;
    private final CudaSmallProducts small;

    CudaMatrix(CudaLauncher launcher, CudaBlas blas) {
        this.launcher = launcher;
        this.blas = blas;
        this.small = new CudaSmallProducts(launcher);
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
            CudaGemm rows = CudaGemm.dense(false, op.transposeB(), (int) (products * m), n, k);
            if (!small.multiply(rows, a, b, y)) {
                blas.multiply(rows, y.dtype(), left, right, out);
            }
            return;
        }
        CudaGemm gemm = CudaGemm.dense(op.transposeA(), op.transposeB(), m, n, k);
        if (products == 1 && small.multiply(gemm, a, b, y)) {
            return;
        }
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
