package dev.lamina.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A thread's own memory, heap arrays above all. Kernels copy a piece of memory into them, compute there and copy back:
 * plain loops over heap arrays are vectorised by the JIT compiler, loops over memory segments hardly are.
 */
final class Scratch {
    /** The number of elements that are handled at a time. */
    static final int SIZE = 1024;

    private static final ThreadLocal<Scratch> CURRENT = ThreadLocal.withInitial(Scratch::new);

    /** Raw elements on their way in or out; only {@link Transfer} uses these. */
    final float[] rawFloats = new float[SIZE];

    final short[] rawShorts = new short[SIZE];
    final int[] rawInts = new int[SIZE];
    final byte[] rawBytes = new byte[SIZE];

    private Block[] blocks = {new Block(), new Block(), new Block(), new Block()};
    private final double[][] rows = new double[4][0];
    private final float[][] floatRows = new float[4][0];
    private final int[][] intRows = new int[5][0];

    private MemorySegment panel = MemorySegment.NULL;

    private Scratch() {}

    /** The calling thread's. */
    static Scratch current() {
        return CURRENT.get();
    }

    /** At least so many blocks; more may be made. */
    Block[] blocks(int count) {
        if (blocks.length < count) {
            int had = blocks.length;
            blocks = Arrays.copyOf(blocks, count);
            for (int i = had; i < count; i++) {
                blocks[i] = new Block();
            }
        }
        return blocks;
    }

    /** One of the first four blocks. */
    Block block(int number) {
        return blocks[number];
    }

    /** Memory outside the heap for a panel of a matrix, aligned to a cache line; freed with the thread. */
    MemorySegment panel(long bytes) {
        if (panel.byteSize() < bytes) {
            panel = Arena.ofAuto().allocate(bytes, CpuAllocator.ALIGNMENT);
        }
        return panel;
    }

    /** One of four arrays that grow: at least so long, its content undefined. */
    double[] row(int number, int length) {
        if (rows[number].length < length) {
            rows[number] = new double[Math.max(length, Math.min(2 * rows[number].length, 1 << 24))];
        }
        return rows[number];
    }

    /** One of four arrays that grow: at least so long, its content undefined. */
    float[] floatRow(int number, int length) {
        if (floatRows[number].length < length) {
            floatRows[number] = new float[length];
        }
        return floatRows[number];
    }

    /** One of five arrays that grow: at least so long, its content undefined. */
    int[] intRow(int number, int length) {
        if (intRows[number].length < length) {
            intRows[number] = new int[length];
        }
        return intRows[number];
    }
}
