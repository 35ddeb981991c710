package dev.lamina.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The product of one row and a large matrix, which takes the time of reading the matrix. It is cut by depth, so that
 * each thread reads rows that follow each other: columns that are a power of two apart would all go to the same few
 * sets of its cache. The partial sums are added up in order; their number depends on the shape alone, and so do the
 * bits.
 */
final class RowProduct implements Runnable {
    private static final int MOST_PARTS = 8;

    private final CpuThreads threads;
    private final GemmCall call;
    private final Products[] parts;
    private final MemorySegment sums;
    private final MemorySegment c;
    private final Products.Epilogue epilogue;
    private final CpuThreads.RangeBody body = this::run;

    /** @param call {@linkplain #isOne one} that {@linkplain Products#fit fits} */
    RowProduct(
            CpuThreads threads,
            GemmCall call,
            MemorySegment a,
            MemorySegment b,
            MemorySegment c,
            Products.Epilogue epilogue) {
        this.threads = threads;
        this.call = call;
        this.c = c;
        this.epilogue = epilogue;
        long row = (long) call.n() * Float.BYTES;
        parts = new Products[parts(call)];
        sums = Arena.ofAuto().allocate(parts.length * row, CpuAllocator.ALIGNMENT);
        for (int i = 0; i < parts.length; i++) {
            int from = begin(call, i);
            GemmCall some = new GemmCall(
                    call.transposeA(),
                    false,
                    1,
                    call.n(),
                    begin(call, i + 1) - from,
                    call.lda(),
                    call.ldb(),
                    0,
                    call.n());
            long left = call.transposeA() ? (long) from * call.lda() : from;
            parts[i] = Products.of(
                    some,
                    a.asSlice(left * Float.BYTES),
                    b.asSlice((long) from * call.ldb() * Float.BYTES),
                    sums.asSlice(i * row, row),
                    Products.Epilogue.NONE);
        }
    }

    /** Whether a product is one of these. */
    static boolean isOne(GemmCall call) {
        return call.m() == 1 && !call.transposeB();
    }

    /** How many sums there are for each element. */
    static int parts(GemmCall call) {
        return Math.clamp((long) (Gemm.effort(call) / Gemm.PART_FLOPS), 1, Math.min(MOST_PARTS, call.k()));
    }

    /** Where a part begins in the depth. */
    static int begin(GemmCall call, int part) {
        return (int) ((long) call.k() * part / parts(call));
    }

    @Override
    public void run() {
        threads.parallelFor(parts.length, 1, body);
        Products.addUp(sums, parts.length, c, call.n(), epilogue);
    }

    private void run(int thread, long first, long last) {
        for (int i = (int) first; i < last; i++) {
            parts[i].run();
        }
    }
}
