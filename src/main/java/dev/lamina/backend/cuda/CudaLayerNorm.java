package dev.lamina.backend.cuda;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.ResidualNorm;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;

/**
 * Layer normalization: one launch forward, with the sum before it where there is one; one backward for dx, with the
 * sums of gradients before and after it, and for the sums over chunks of rows, and one for the sums over all rows that
 * dgamma and dbeta are.
 */
final class CudaLayerNorm {
    private static final int KINDS = 2;

    /** The columns of one block of the kernel that combines. */
    private static final int COMBINED_COLUMNS = 8;

    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaLayerNorm(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    private record Rows(long rows, long columns) {
        private static final long SHORT_ROW = 1024;
        private static final long SHORT_GROUP = 8;
        private static final long MIDDLE_ROW = 4096;
        private static final long MIDDLE_GROUP = 2;

        /** Four blocks for each multiprocessor of a large device. */
        private static final long MOST_CHUNKS = 512;

        static Rows of(TensorSpec x) {
            long columns = x.shape().size(-1);
            return new Rows(x.shape().elements() / columns, columns);
        }

        /** The rows that a block has at hand, as the kernel says. */
        private long group() {
            if (columns <= SHORT_ROW) {
                return SHORT_GROUP;
            }
            return columns <= MIDDLE_ROW ? MIDDLE_GROUP : 1;
        }

        /** The rows that a block adds up: groups, by the shape alone. */
        long chunk() {
            return group() * Math.max(1, Math.ceilDiv(rows, group() * MOST_CHUNKS));
        }

        /** One even where there are no rows: the sums are then 0. */
        long chunks() {
            return Math.max(1, Math.ceilDiv(rows, chunk()));
        }
    }

    /** The partial sums of dbeta and dgamma; those of one chunk are the results. */
    long workspaceBytes(TensorSpec x) {
        Rows of = Rows.of(x);
        long values = of.chunks() * KINDS * of.columns;
        return of.chunks() == 1
                ? 0
                : values * NormalizationOp.statistics(x.dtype()).bytes();
    }

    /** Inputs {@code (x, gamma, beta)}, outputs {@code (y, mean, inverse)}. */
    void forward(NormalizationOp.LayerNorm norm, Operand[] in, Operand[] out) {
        forward(norm, new long[] {address(in[0]), 0, address(in[1]), address(in[2]), 0}, in[0].spec(), out);
    }

    /** Inputs {@code (x, residual, gamma, beta)}, outputs {@code (y, mean, inverse)}, and the sum if it is kept. */
    void residualForward(NormalizationOp.LayerNorm norm, Operand[] in, Operand[] out) {
        long sum = out.length > 3 ? address(out[3]) : 0;
        long[] operands = {address(in[0]), address(in[1]), address(in[2]), address(in[3]), sum};
        forward(norm, operands, in[0].spec(), out);
    }

    private void forward(NormalizationOp.LayerNorm norm, long[] operands, TensorSpec x, Operand[] out) {
        Rows of = Rows.of(x);
        if (of.rows == 0) {
            return;
        }
        LaunchPacker launch = launcher.start(typed.get("layer_norm_rows", x.dtype()));
        for (long operand : operands) {
            launch.pointer(operand);
        }
        launch.pointer(out[0])
                .pointer(out[1])
                .pointer(out[2])
                .i64(of.rows)
                .i64(of.columns)
                .f64(norm.epsilon())
                .overRows(of.rows, of.columns);
    }

    /** Inputs {@code (x, gamma, mean, inverse, dy)}, outputs {@code (dx, dgamma, dbeta)}. */
    void backward(Operand[] in, Operand[] out, Operand workspace) {
        backward(in, out, workspace, new long[2]);
    }

    /** The inputs of a gradient, and the summands of dy and dx that there are. */
    void backward(ResidualNorm.Backward op, Operand[] in, Operand[] out, Operand workspace) {
        long more = op.before() ? address(in[ResidualNorm.Backward.INPUTS]) : 0;
        long other = op.after() ? address(in[in.length - 1]) : 0;
        backward(in, out, workspace, new long[] {more, other});
    }

    private void backward(Operand[] in, Operand[] out, Operand workspace, long[] summands) {
        DType dtype = in[0].dtype();
        Rows of = Rows.of(in[0].spec());
        boolean one = of.chunks() == 1;
        long partial = one ? 0 : address(workspace);
        long gammas = of.columns * NormalizationOp.statistics(dtype).bytes();
        LaunchPacker launch = launcher.start(typed.get("layer_norm_backward_rows", dtype));
        for (int i = 0; i < ResidualNorm.Backward.INPUTS; i++) {
            launch.pointer(in[i]);
        }
        launch.pointer(summands[0])
                .pointer(summands[1])
                .pointer(out[0])
                .pointer(one ? address(out[2]) : partial)
                .pointer(one ? address(out[1]) : partial + gammas)
                .i64(of.rows)
                .i64(of.columns)
                .i64(of.chunk())
                .overBlocks(of.chunks());
        if (!one) {
            launcher.start(typed.get("layer_norm_backward_combine", dtype))
                    .pointer(partial)
                    .pointer(out[2])
                    .pointer(out[1])
                    .i64(of.chunks())
                    .i64(of.columns)
                    .overBlocks(Math.ceilDiv(KINDS * of.columns, COMBINED_COLUMNS));
        }
    }

    private static long address(Operand operand) {
        return CudaBuffer.address(operand);
    }
}
