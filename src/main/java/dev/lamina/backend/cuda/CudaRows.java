package dev.lamina.backend.cuda;

import dev.lamina.ops.FusedOp;
import java.util.Optional;

/**
 * A sequence of ops along the rows of a small matrix as the program that the kernel {@code row_program} runs: one
 * launch.
 */
record CudaRows(RowFrame frame, ChainStruct program) {
    private static final long WARP_COLUMNS = 128;
    private static final long WARPS = LaunchPacker.BLOCK / 32;

    /** The sequence, if the kernel can run it. */
    static Optional<CudaRows> of(FusedOp.Sequence op) {
        return RowFrame.of(op).flatMap(frame -> RowProgram.of(op, frame).map(program -> new CudaRows(frame, program)));
    }

    /** How many blocks there are to launch: a warp takes a row of up to 128 columns, a block a longer one. */
    long blocks() {
        return frame.columns() <= WARP_COLUMNS ? Math.ceilDiv(frame.rows(), WARPS) : frame.rows();
    }
}
