package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A product by panels in two turns. In the first turn the right half of C's columns takes the upper half of B's rows,
 * and the left half the lower; in the second turn it is the other way round, added to what is in C. Of two threads,
 * each so reads one half of B's rows alone. B is a weight, as a rule, and these are the rows that the same thread
 * updates and computes the gradient of: they stay in its own core's cache. Cut by columns alone, half of a weight would
 * travel from core to core and back in each step, for which cores without a common cache need longer than for the rest
 * of the update.
 *
 * <p>Each element is the sum of two sums, and these are sums over the depth in order: the same bits on any number of
 * threads.
 */
final class ProductInTurns implements Runnable {
    /** With less, two halves are slower than the whole. */
    private static final int LEAST_DEPTH = 256;

    /** Of elements in B. More do not stay in any core's cache from step to step. */
    private static final long LARGEST_B = 1 << 20;

    private final CpuThreads threads;
    private final int count;
    private final CpuThreads.RangeBody first;
    private final CpuThreads.RangeBody second;

    ProductInTurns(
            CpuThreads threads,
            GemmCall call,
            MemorySegment a,
            MemorySegment b,
            MemorySegment c,
            Gemm.@Nullable Epilogue epilogue) {
        this.threads = threads;
        this.count = Gemm.count(threads, call, Gemm.units(call.n()));
        this.first = body(turn(call, 0, a, b, c, null));
        this.second = body(turn(call, 1, a, b, c, epilogue));
    }

    /**
     * Whether a product that {@linkplain Products#fitPanels panels fit} is done in turns, in which C travels instead.
     */
    static boolean serves(GemmCall call) {
        return !call.transposeA()
                && !call.transposeB()
                && call.k() >= Math.max(LEAST_DEPTH, 2L * call.m())
                && (long) call.k() * call.n() <= LARGEST_B;
    }

    /** Of a length in units, those of the first half. */
    private static int half(int units) {
        return Math.ceilDiv(units, 2);
    }

    private static CpuThreads.RangeBody body(List<List<Gemm.Part>> parts) {
        Gemm.Part[][] all =
                parts.stream().map(part -> part.toArray(Gemm.Part[]::new)).toArray(Gemm.Part[][]::new);
        return (thread, from, to) -> {
            for (int i = (int) from; i < to; i++) {
                for (Gemm.Part part : all[i]) {
                    part.run(thread);
                }
            }
        };
    }

    /** What each part of the threads' does in a turn. */
    private List<List<Gemm.Part>> turn(
            GemmCall call,
            int turn,
            MemorySegment a,
            MemorySegment b,
            MemorySegment c,
            Gemm.@Nullable Epilogue epilogue) {
        int units = Gemm.units(call.n());
        List<List<Gemm.Part>> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = Gemm.begin(units, count, i);
            int to = Gemm.begin(units, count, i + 1);
            List<Gemm.Part> pieces = new ArrayList<>();
            // The columns whose turn with the upper rows it is come first. In the last turn that is the left half:
            // where
            // C is the left side of the next product, the same thread will read it there.
            int before = 0;
            for (int rows = 0; rows < 2; rows++) {
                boolean left = rows != turn;
                int size = left ? half(units) : units - half(units);
                int shift = (left ? 0 : half(units)) - before;
                int begin = Math.max(from, before);
                int end = Math.min(to, before + size);
                if (begin < end) {
                    pieces.add(piece(call, turn, rows, begin + shift, end + shift, a, b, c, epilogue));
                }
                before += size;
            }
            parts.add(pieces);
        }
        return parts;
    }

    /** Some columns, in units, by one half of the depth. */
    private static Gemm.Part piece(
            GemmCall call,
            int turn,
            int rows,
            int begin,
            int end,
            MemorySegment a,
            MemorySegment b,
            MemorySegment c,
            Gemm.@Nullable Epilogue epilogue) {
        int middle = half(Gemm.units(call.k())) * Gemm.UNIT;
        int row = rows == 0 ? 0 : middle;
        int depth = rows == 0 ? middle : call.k() - middle;
        int column = begin * Gemm.UNIT;
        int columns = Math.min(call.n(), end * Gemm.UNIT) - column;
        GemmCall some = new GemmCall(false, false, call.m(), columns, depth, call.lda(), call.ldb(), turn, call.ldc());
        MemorySegment[] matrices = {
            a.asSlice((long) row * Float.BYTES),
            b.asSlice(((long) row * call.ldb() + column) * Float.BYTES),
            c.asSlice((long) column * Float.BYTES)
        };
        Gemm.Place place = new Gemm.Place(0, column, call.n());
        return Gemm.part(Gemm.Way.PANELS, DType.FLOAT32, some, matrices, place, epilogue);
    }

    @Override
    public void run() {
        threads.parallelFor(count, 1, first);
        threads.parallelFor(count, 1, second);
    }
}
