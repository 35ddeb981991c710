package dev.lamina.backend.cpu;

import dev.lamina.ops.MatrixOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** Binds a product to its memory. */
    Runnable prepare(MatrixOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        return switch (op) {
            case MatrixOp.Matmul matmul -> {
                if (HalfPrecision.applies(outputs[0].dtype())) {
                    yield () -> half.run(
                            inputs,
                            outputs[0],
                            workspace,
                            (in, out, _) -> matmul(matmul, in[0], in[1], out).run());
                }
                yield matmul(matmul, inputs[0], inputs[1], outputs[0]);
            }
        };
    }

    /** The same, with something to be done to each stretch of the result's elements once they are there. */
    Runnable prepare(
            MatrixOp.Matmul op, Operand[] inputs, Operand[] outputs, Operand workspace, Gemm.Epilogue epilogue) {
        Operand a = inputs[0];
        Operand b = inputs[1];
        Operand y = outputs[0];
        if (HalfPrecision.applies(y.dtype()) || !isOneProduct(op, a, b, y)) {
            // Not the bias, for which the workspace has no room.
            Runnable product = prepare((MatrixOp) op, new Operand[] {a, b}, outputs, workspace);
            long elements = y.shape().elements();
            CpuThreads.RangeBody after = epilogue::run;
            return () -> {
                product.run();
                threads.parallelFor(elements, Gemm.EPILOGUE_GRAIN, after);
            };
        }
        return oneProduct(op, a, b, y, epilogue);
    }

    /** Whether there is one matrix on the right and the batch is just more rows. */
    private static boolean isOneProduct(MatrixOp.Matmul op, Operand a, Operand b, Operand y) {
        long rows = y.shape().elements(0, y.shape().rank() - 1);
        int k = b.shape().size(op.transposeB() ? -1 : -2);
        boolean oneRight = b.shape().elements() == (long) k * y.shape().size(-1);
        boolean oneLeft = a.shape().elements() == (long) k * y.shape().size(-2);
        boolean allLeft = a.shape().elements() == rows * k;
        return oneRight && allLeft && (oneLeft || !op.transposeA()) && rows <= Integer.MAX_VALUE;
    }

    private Runnable oneProduct(MatrixOp.Matmul op, Operand a, Operand b, Operand y, Gemm.@Nullable Epilogue epilogue) {
        int rows = (int) y.shape().elements(0, y.shape().rank() - 1);
        int k = b.shape().size(op.transposeB() ? -1 : -2);
        GemmCall call =
                GemmCall.dense(op.transposeA(), op.transposeB(), rows, y.shape().size(-1), k);
        return gemm.prepare(y.dtype(), call, CpuBuffer.data(a), CpuBuffer.data(b), CpuBuffer.data(y), epilogue);
    }

    private Runnable matmul(MatrixOp.Matmul op, Operand a, Operand b, Operand y) {
        if (isOneProduct(op, a, b, y)) {
            return oneProduct(op, a, b, y, null);
        }
        Shape batch = y.shape().slice(0, y.shape().rank() - 2);
        long products = batch.elements();
        int m = y.shape().size(-2);
        int n = y.shape().size(-1);
        int k = a.shape().size(op.transposeA() ? -2 : -1);
        DType dtype = y.dtype();
        MemorySegment left = CpuBuffer.data(a);
        MemorySegment right = CpuBuffer.data(b);
        MemorySegment out = CpuBuffer.data(y);
        GemmCall call = GemmCall.dense(op.transposeA(), op.transposeB(), m, n, k);
        StridedLayout matricesOfA = matrices(a.shape(), batch);
        StridedLayout matricesOfB = matrices(b.shape(), batch);
        long width = dtype.bytes();
        long grain = (long) Math.max(1, 1e6 / Math.max(1, call.flops()));
        boolean large = products < threads.size() || grain == 1 && call.flops() > 1e8;
        return () -> threads.parallelFor(products, large ? products : grain, (part, first, last) -> {
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
