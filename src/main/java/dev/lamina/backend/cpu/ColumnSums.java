package dev.lamina.backend.cpu;

import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * The sums of the columns of a float32 matrix, of some of its rows at a time, in the order of {@link Reduction}: chunks
 * of rows, each in float64, are added up in order. Different threads may add different chunks.
 */
final class ColumnSums {
    /** The number of elements that one thread combines at a stretch. */
    static final int CHUNK = 32 << 10;

    /** A chunk has a power of two of images, at most so many. */
    private static final int MOST_IMAGES = KernelGradients.PARTIAL_IMAGES;

    private final int columns;
    private final int chunks;
    private final Accumulator sums;

    ColumnSums(int chunks, int columns) {
        this.columns = columns;
        this.chunks = chunks;
        this.sums = new Accumulator(Kind.SUM, DType.FLOAT32, Math.multiplyExact(chunks, columns));
    }

    /**
     * The rows of a chunk, which depend on the shape alone.
     *
     * @param rows all of them
     * @param each the rows that belong together, such as those of an image: a chunk has whole ones where they are not
     *     much fewer than it could have
     */
    static long chunkRows(long rows, long each, int columns) {
        long most = Math.max(16, CHUNK / columns);
        if (rows <= most || each <= 1 || each > most) {
            return most;
        }
        long whole = Long.highestOneBit(Math.min(MOST_IMAGES, most / each)) * each;
        return 4 * whole >= most ? whole : most;
    }

    /** Forgets what was added. */
    void reset() {
        sums.reset();
    }

    /** Adds the rows of a chunk, which begin at that element. */
    void add(int chunk, MemorySegment x, long at, long rows) {
        Block result = Scratch.current().block(1);
        int together = Math.max(1, Scratch.SIZE / columns);
        int kept = (int) Math.min(rows, together);
        sums.clear(result, kept * columns);
        Loops.addTo(result.doubleMemory, x, at, rows * columns, together * columns);
        for (int i = 0; i < kept; i++) {
            sums.addEach(chunk * columns, result, i * columns, columns);
        }
    }

    /** Writes the sums of all chunks. */
    void store(MemorySegment y) {
        for (int chunk = 1; chunk < chunks; chunk++) {
            sums.merge(0, chunk * columns, columns);
        }
        sums.store(0, y, DType.FLOAT32, 0, columns, 1);
    }
}
