package dev.lamina.backend.cuda;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;

/**
 * Layer normalization: one launch forward; backward one for dx, and two for the sums over the rows that dgamma and
 * dbeta are.
 */
final class CudaLayerNorm {
    private static final int KINDS = 2;

    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaLayerNorm(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    private record Rows(long rows, long columns) {
        static Rows of(TensorSpec x) {
            long columns = x.shape().size(-1);
            return new Rows(x.shape().elements() / columns, columns);
        }

        long chunk() {
            return Chunks.ofColumn(rows);
        }

        /** One even where there are no rows: the sums are then 0. */
        long chunks() {
            return Math.max(1, Math.ceilDiv(rows, chunk()));
        }
    }

    /** The partial sums of dgamma and dbeta. */
    long workspaceBytes(TensorSpec x) {
        Rows of = Rows.of(x);
        return of.chunks()
                * KINDS
                * of.columns
                * NormalizationOp.statistics(x.dtype()).bytes();
    }

    void forward(double epsilon, Operand[] in, Operand[] out) {
        Operand x = in[0];
        Rows of = Rows.of(x.spec());
        if (of.rows == 0) {
            return;
        }
        launcher.start(typed.get("layer_norm_rows", x.dtype()))
                .pointer(x)
                .pointer(in[1])
                .pointer(in[2])
                .pointer(out[0])
                .pointer(out[1])
                .pointer(out[2])
                .i64(of.rows)
                .i64(of.columns)
                .f64(epsilon)
                .overRows(of.rows, of.columns);
    }

    void backward(Operand[] in, Operand[] out, Operand workspace) {
        Operand x = in[0];
        Operand mean = in[2];
        Operand inverse = in[3];
        Operand dy = in[4];
        DType dtype = x.dtype();
        Rows of = Rows.of(x.spec());
        if (of.rows > 0) {
            launcher.start(typed.get("layer_norm_backward_rows", dtype))
                    .pointer(x)
                    .pointer(in[1])
                    .pointer(mean)
                    .pointer(inverse)
                    .pointer(dy)
                    .pointer(out[0])
                    .i64(of.rows)
                    .i64(of.columns)
                    .overRows(of.rows, of.columns);
        }
        long partial = CudaBuffer.address(workspace);
        launcher.start(typed.get("layer_norm_backward_partial", dtype))
                .pointer(x)
                .pointer(mean)
                .pointer(inverse)
                .pointer(dy)
                .pointer(partial)
                .i64(of.rows)
                .i64(of.columns)
                .i64(of.chunk())
                .overColumns(of.chunks(), of.columns);
        launcher.start(typed.get("layer_norm_backward_combine", dtype))
                .pointer(partial)
                .pointer(out[1])
                .pointer(out[2])
                .i64(of.rows)
                .i64(of.columns)
                .i64(of.chunk())
                .overColumns(1, of.columns);
    }
}
