package dev.lamina.backend.cpu;

import dev.lamina.ops.ReductionOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;

/** Reductions, and searches for the largest or smallest element. */
final class ReductionKernels {
    private static final int GRAIN = 16 << 10;

    private final CpuThreads threads;
    private final boolean natively;

    /** @param natively whether native loops may run */
    ReductionKernels(CpuThreads threads, boolean natively) {
        this.threads = threads;
        this.natively = natively;
    }

    /** Binds a reduction to its memory. */
    Runnable prepare(ReductionOp op, Operand[] inputs, Operand[] outputs) {
        return switch (op) {
            case ReductionOp.Reduce reduce -> new Reduction(threads, natively, reduce, inputs[0], outputs[0]);
            case ReductionOp.ArgReduce arg -> argReduce(arg, inputs[0], outputs[0]);
        };
    }

    private Runnable argReduce(ReductionOp.ArgReduce op, Operand x, Operand y) {
        int axis = x.shape().axis(op.axis());
        int count = x.shape().size(axis);
        int inner = Math.toIntExact(x.shape().elements(axis + 1, x.shape().rank()));
        long outer = x.shape().elements(0, axis);
        MemorySegment in = CpuBuffer.data(x);
        MemorySegment out = CpuBuffer.data(y);
        boolean whole = Lane.wide(x.dtype()) == Lane.LONG;
        int stripes = Math.ceilDiv(inner, Scratch.SIZE);
        long unitElements = (long) count * Math.min(inner, Scratch.SIZE);
        CpuThreads.RangeBody body = (_, first, last) -> {
            Scratch scratch = Scratch.current();
            for (long unit = first; unit < last; unit++) {
                int stripe = (int) (unit % stripes) * Scratch.SIZE;
                int width = Math.min(Scratch.SIZE, inner - stripe);
                long row = unit / stripes;
                long base = row * count * inner + stripe;
                if (inner == 1) {
                    ArgSearch.row(op.largest(), whole, in, x.dtype(), base, count, scratch);
                } else {
                    ArgSearch.columns(op.largest(), whole, in, x.dtype(), base, count, inner, width, scratch);
                }
                Transfer.store(scratch.block(1).longs, 0, out, DType.INT32, row * inner + stripe, width);
            }
        };
        long grain = GRAIN / Math.max(1, unitElements);
        return () -> threads.parallelFor(outer * stripes, grain, body);
    }
}
