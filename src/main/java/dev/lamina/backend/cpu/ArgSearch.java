package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Finds where extremes lie: the first one wins, a NaN is more extreme than any number. Indices are left in block 1's
 * longs.
 */
final class ArgSearch {
    private ArgSearch() {}

    /** One row of {@code count} neighbouring elements. */
    static void row(
            boolean largest, boolean whole, MemorySegment in, DType dtype, long base, int count, Scratch scratch) {
        Block block = scratch.block(0);
        long found = 0;
        double best = 0;
        long bestLong = 0;
        for (int at = 0; at < count; at += Scratch.SIZE) {
            int n = Math.min(Scratch.SIZE, count - at);
            block.load(whole ? Lane.LONG : Lane.DOUBLE, in, dtype, base + at, 0, n);
            for (int i = 0; i < n; i++) {
                boolean first = at + i == 0;
                if (whole && (first || beats(largest, block.longs[i], bestLong))) {
                    bestLong = block.longs[i];
                    found = (long) at + i;
                } else if (!whole && (first || beats(largest, block.doubles[i], best))) {
                    best = block.doubles[i];
                    found = (long) at + i;
                }
            }
        }
        scratch.block(1).longs[0] = found;
    }

    /** {@code width} neighbouring columns of a matrix with {@code stride} elements a row and {@code count} rows. */
    static void columns(
            boolean largest,
            boolean whole,
            MemorySegment in,
            DType dtype,
            long base,
            int count,
            int stride,
            int width,
            Scratch scratch) {
        Block block = scratch.block(0);
        Block best = scratch.block(2);
        long[] found = scratch.block(1).longs;
        Lane lane = whole ? Lane.LONG : Lane.DOUBLE;
        Arrays.fill(found, 0, width, 0);
        best.load(lane, in, dtype, base, 0, width);
        for (int row = 1; row < count; row++) {
            block.load(lane, in, dtype, base + (long) row * stride, 0, width);
            for (int i = 0; i < width; i++) {
                if (whole && beats(largest, block.longs[i], best.longs[i])) {
                    best.longs[i] = block.longs[i];
                    found[i] = row;
                } else if (!whole && beats(largest, block.doubles[i], best.doubles[i])) {
                    best.doubles[i] = block.doubles[i];
                    found[i] = row;
                }
            }
        }
    }

    private static boolean beats(boolean largest, double value, double best) {
        return !Double.isNaN(best) && (Double.isNaN(value) || (largest ? value > best : value < best));
    }

    private static boolean beats(boolean largest, long value, long best) {
        return largest ? value > best : value < best;
    }
}
