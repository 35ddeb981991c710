package dev.lamina.backend.cpu;

import dev.lamina.ops.MatrixOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Matrix products over broadcast batches. */
final class MatrixKernels {
    private final CpuThreads threads;
    private final Gemm gemm;
    private final HalfPrecision half;

    MatrixKernels(CpuThreads threads, Gemm gemm) {
        this.threads = threads;
        this.gemm = gemm;
        this.half = new HalfPrecision(threads);
    }

    long workspaceBytes(MatrixOp op, List<TensorSpec> inputs) {
        return HalfPrecision.applies(inputs.getFirst().dtype())
                ? HalfPrecision.bytes(inputs, op.infer(inputs).getFirst())
                : 0;
    }

    void run(MatrixOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        switch (op) {
            case MatrixOp.Matmul matmul -> {
                if (HalfPrecision.applies(outputs[0].dtype())) {
                    half.run(inputs, outputs[0], workspace, (in, out, _) -> matmul(matmul, in[0], in[1], out));
                } else {
                    matmul(matmul, inputs[0], inputs[1], outputs[0]);
                }
            }
        }
    }

    private void matmul(MatrixOp.Matmul op, Operand a, Operand b, Operand y) {
        Shape batch = y.shape().slice(0, y.shape().rank() - 2);
        long products = batch.elements();
        int m = y.shape().size(-2);
        int n = y.shape().size(-1);
        int k = a.shape().size(op.transposeA() ? -2 : -1);
        DType dtype = y.dtype();
        MemorySegment left = CpuBuffer.data(a);
        MemorySegment right = CpuBuffer.data(b);
        MemorySegment out = CpuBuffer.data(y);
        boolean oneRight = b.shape().elements() == (long) k * n;
        boolean allLeft = a.shape().elements() == products * m * k;
        if (oneRight && allLeft && !op.transposeA() && products * m <= Integer.MAX_VALUE) {
            // One matrix on the right: the batch is just more rows.
            GemmCall rows = GemmCall.dense(false, op.transposeB(), (int) (products * m), n, k);
            gemm.multiply(dtype, rows, left, right, out);
            return;
        }
        GemmCall call = GemmCall.dense(op.transposeA(), op.transposeB(), m, n, k);
        StridedLayout matricesOfA = matrices(a.shape(), batch);
        StridedLayout matricesOfB = matrices(b.shape(), batch);
        long width = dtype.bytes();
        long grain = (long) Math.max(1, 1e6 / Math.max(1, call.flops()));
        boolean large = products < threads.size() || grain == 1 && call.flops() > 1e8;
        threads.parallelFor(products, large ? products : grain, (part, first, last) -> {
            for (long i = first; i < last; i++) {
                gemm.multiply(
                        dtype,
                        call,
                        left.asSlice(matricesOfA.offset(i) * m * k * width, (long) m * k * width),
                        right.asSlice(matricesOfB.offset(i) * k * n * width, (long) k * n * width),
                        out.asSlice(i * m * n * width, (long) m * n * width));
            }
        });
    }

    /** Which matrix of an operand serves each product of the batch. */
    private static StridedLayout matrices(Shape shape, Shape batch) {
        return StridedLayout.broadcast(shape.slice(0, shape.rank() - 2), batch);
    }
}
