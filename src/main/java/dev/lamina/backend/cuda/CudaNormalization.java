package dev.lamina.backend.cuda;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * Batch normalization over rows of channels, in three launches each way: sums of chunks of rows, their combination, the
 * result. The workspace holds the sums.
 */
final class CudaNormalization {
    /** Sums, and sums of squares or products. */
    private static final int KINDS = 2;

    private final CudaLauncher launcher;
    private final KernelTable<String> typed;
    private final CudaLayerNorm layerNorm;

    CudaNormalization(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
        this.layerNorm = new CudaLayerNorm(launcher);
    }

    private record Rows(long rows, long channels) {
        static Rows of(TensorSpec x) {
            long channels = x.shape().size(-1);
            return new Rows(channels == 0 ? 0 : x.shape().elements() / channels, channels);
        }

        long chunk() {
            return Chunks.ofColumn(rows);
        }

        long chunks() {
            return Math.ceilDiv(rows, chunk());
        }

        /** The bytes of the partial sums, behind which the combined ones lie. */
        long partialBytes(DType dtype) {
            return chunks() * KINDS * channels * accumulatorBytes(dtype);
        }

        long workspaceBytes(DType dtype) {
            return (chunks() + 1) * KINDS * channels * accumulatorBytes(dtype);
        }

        private static int accumulatorBytes(DType dtype) {
            return dtype == DType.FLOAT64 ? DType.FLOAT64.bytes() : DType.FLOAT32.bytes();
        }
    }

    long workspaceBytes(NormalizationOp op, List<TensorSpec> inputs) {
        return switch (op) {
            case NormalizationOp.BatchNorm _, NormalizationOp.BatchNormBackward _ -> {
                TensorSpec x = inputs.getFirst();
                yield Rows.of(x).workspaceBytes(x.dtype());
            }
            case NormalizationOp.LayerNorm _ -> 0;
            case NormalizationOp.LayerNormBackward _ -> layerNorm.workspaceBytes(inputs.getFirst());
        };
    }

    void run(NormalizationOp op, Operand[] in, Operand[] out, Operand workspace) {
        switch (op) {
            case NormalizationOp.BatchNorm norm -> forward(norm.epsilon(), in, out, workspace);
            case NormalizationOp.BatchNormBackward norm -> backward(norm.epsilon(), in, out, workspace);
            case NormalizationOp.LayerNorm norm -> layerNorm.forward(norm, in, out);
            case NormalizationOp.LayerNormBackward _ -> layerNorm.backward(in, out, workspace);
        }
    }

    private void forward(double epsilon, Operand[] in, Operand[] out, Operand workspace) {
        Operand x = in[0];
        DType dtype = x.dtype();
        Rows of = Rows.of(x.spec());
        long partial = CudaBuffer.address(workspace);
        long statistics = partial + of.partialBytes(dtype);
        launcher.start(typed.get("batch_norm_partial", dtype))
                .pointer(x)
                .pointer(partial)
                .i64(of.rows)
                .i64(of.channels)
                .i64(of.chunk())
                .overColumns(of.chunks(), of.channels);
        launcher.start(typed.get("batch_norm_combine", dtype))
                .pointer(partial)
                .pointer(out[1])
                .pointer(out[2])
                .pointer(statistics)
                .i64(of.rows)
                .i64(of.channels)
                .i64(of.chunk())
                .overColumns(1, of.channels);
        launcher.start(typed.get("batch_norm", dtype))
                .pointer(x)
                .pointer(in[1])
                .pointer(in[2])
                .pointer(statistics)
                .pointer(out[0])
                .i64(of.rows)
                .i64(of.channels)
                .f64(epsilon)
                .overElements(of.rows * of.channels);
    }

    private void backward(double epsilon, Operand[] in, Operand[] out, Operand workspace) {
        Operand x = in[0];
        Operand gamma = in[1];
        Operand mean = in[2];
        Operand variance = in[3];
        Operand dy = in[4];
        DType dtype = x.dtype();
        Rows of = Rows.of(x.spec());
        long partial = CudaBuffer.address(workspace);
        long sums = partial + of.partialBytes(dtype);
        launcher.start(typed.get("batch_norm_backward_partial", dtype))
                .pointer(x)
                .pointer(mean)
                .pointer(variance)
                .pointer(dy)
                .pointer(partial)
                .i64(of.rows)
                .i64(of.channels)
                .i64(of.chunk())
                .f64(epsilon)
                .overColumns(of.chunks(), of.channels);
        launcher.start(typed.get("batch_norm_backward_combine", dtype))
                .pointer(partial)
                .pointer(out[1])
                .pointer(out[2])
                .pointer(sums)
                .i64(of.rows)
                .i64(of.channels)
                .i64(of.chunk())
                .overColumns(1, of.channels);
        launcher.start(typed.get("batch_norm_backward", dtype))
                .pointer(x)
                .pointer(gamma)
                .pointer(mean)
                .pointer(variance)
                .pointer(dy)
                .pointer(sums)
                .pointer(out[0])
                .i64(of.rows)
                .i64(of.channels)
                .f64(epsilon)
                .overElements(of.rows * of.channels);
    }
}
