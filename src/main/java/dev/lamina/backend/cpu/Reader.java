package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;

/** Reads an operand as if it had been broadcast to another shape, block by block in row-major order. */
final class Reader {
    private final MemorySegment data;
    private final DType dtype;
    private final Lane lane;
    private final StridedLayout layout;

    /** Reads {@code x} as of shape {@code target}, converted to that lane. */
    Reader(Operand x, Shape target, Lane lane) {
        this.data = CpuBuffer.data(x);
        this.dtype = x.dtype();
        this.lane = lane;
        this.layout = StridedLayout.broadcast(x.shape(), target);
    }

    /** Loads the elements {@code from} to {@code from + n} of the broadcast tensor; n is at most a block. */
    void load(Block block, long from, int n) {
        int rank = layout.rank();
        if (rank == 0) {
            block.load(lane, data, dtype, 0, 0, 1);
            block.fill(lane, 0, n);
            return;
        }
        long inner = layout.size(rank - 1);
        boolean moves = layout.stride(rank - 1) != 0;
        if (rank == 1 && moves) {
            block.load(lane, data, dtype, from, 0, n);
            return;
        }
        boolean periodic = rank == 2 && moves && layout.stride(0) == 0;
        int wanted = periodic ? (int) Math.min(n, inner) : n;
        for (int done = 0; done < wanted; ) {
            long index = from + done;
            long column = index % inner;
            int run = (int) Math.min(inner - column, wanted - done);
            long base = layout.offset(index - column);
            if (moves) {
                block.load(lane, data, dtype, base + column, done, run);
            } else {
                block.load(lane, data, dtype, base, done, 1);
                block.fill(lane, done, run);
            }
            done += run;
        }
        if (wanted < n) {
            block.repeat(lane, wanted, n);
        }
    }
}
