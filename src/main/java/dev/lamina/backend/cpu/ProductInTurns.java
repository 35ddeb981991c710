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
    /** Half of it is the least depth of a product by panels. */
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
        this.first = new Turn(0, call, a, b, c, null).bind(count);
        this.second = new Turn(1, call, a, b, c, epilogue).bind(count);
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

    /** A turn over the matrices, each of which begins at its first element. */
    private record Turn(
            int number,
            GemmCall call,
            MemorySegment a,
            MemorySegment b,
            MemorySegment c,
            Gemm.@Nullable Epilogue epilogue) {
        CpuThreads.RangeBody bind(int count) {
            Gemm.Part[][] parts = new Gemm.Part[count][];
            for (int i = 0; i < count; i++) {
                parts[i] = pieces(i, count);
            }
            return (thread, first, last) -> {
                for (int i = (int) first; i < last; i++) {
                    for (Gemm.Part piece : parts[i]) {
                        piece.run(thread);
                    }
                }
            };
        }

        /**
         * What a part computes. The columns that take the upper rows come first. In the last turn these are the left
         * half: where C is the left side of the next product, the same thread will read it there.
         */
        private Gemm.Part[] pieces(int part, int count) {
            int units = Gemm.units(call.n());
            int from = Gemm.begin(units, count, part);
            int to = Gemm.begin(units, count, part + 1);
            boolean leftFirst = number == 1;
            int border = leftFirst ? half(units) : units - half(units);
            List<Gemm.Part> pieces = new ArrayList<>();
            if (from < border) {
                int shift = leftFirst ? 0 : half(units);
                pieces.add(piece(true, from + shift, Math.min(to, border) + shift));
            }
            if (to > border) {
                int shift = leftFirst ? 0 : -border;
                pieces.add(piece(false, Math.max(from, border) + shift, to + shift));
            }
            return pieces.toArray(Gemm.Part[]::new);
        }

        /** Some columns, in units, by the upper or the lower rows of B. */
        private Gemm.Part piece(boolean upper, int begin, int end) {
            int middle = half(Gemm.units(call.k())) * Gemm.UNIT;
            int row = upper ? 0 : middle;
            int depth = upper ? middle : call.k() - middle;
            int column = begin * Gemm.UNIT;
            int columns = Math.min(call.n(), end * Gemm.UNIT) - column;
            GemmCall some =
                    new GemmCall(false, false, call.m(), columns, depth, call.lda(), call.ldb(), number, call.ldc());
            MemorySegment[] matrices = {
                a.asSlice((long) row * Float.BYTES),
                b.asSlice(((long) row * call.ldb() + column) * Float.BYTES),
                c.asSlice((long) column * Float.BYTES)
            };
            Gemm.Place place = new Gemm.Place(0, column, call.n());
            return Gemm.part(Gemm.Way.PANELS, DType.FLOAT32, some, matrices, place, epilogue);
        }
    }

    @Override
    public void run() {
        threads.parallelFor(count, 1, first);
        threads.parallelFor(count, 1, second);
    }
}
