package dev.lamina.backend.cpu;

import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Moves elements of any type, known by their size alone, between places with different strides. */
final class StridedCopy {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** Runs shorter than this are copied element by element. */
    private static final long SHORT_RUN_BYTES = 64;

    private static final long GRAIN_BYTES = 64 << 10;

    /**
     * One side of a copy: the element at position {@code p} lies at {@code start + p . strides}, counted in elements.
     */
    record Place(MemorySegment data, long start, long[] strides) {
        long offset(long run, int[] sizes) {
            long offset = start;
            long rest = run;
            for (int axis = sizes.length - 2; axis >= 0 && rest != 0; axis--) {
                offset += rest % sizes[axis] * strides[axis];
                rest /= sizes[axis];
            }
            return offset;
        }

        long innerStride() {
            return strides[strides.length - 1];
        }
    }

    private final CpuThreads threads;

    StridedCopy(CpuThreads threads) {
        this.threads = threads;
    }

    /** Sets all elements to one value. */
    void fill(Operand y, double value) {
        MemorySegment out = CpuBuffer.data(y);
        int width = y.dtype().bytes();
        threads.parallelFor(y.shape().elements(), GRAIN_BYTES / width, (part, from, to) -> {
            Elements.setDouble(out, y.dtype(), from, value);
            repeatFirst(out, from, to - from, width);
        });
    }

    /** Copies a box of so many elements along each axis, in the target's order. */
    void copy(Shape box, Place source, Place target, int width) {
        long elements = box.elements();
        if (elements == 0) {
            return;
        }
        int[] sizes = new int[box.rank() + 1];
        long[] from = new long[sizes.length];
        long[] to = new long[sizes.length];
        int rank = 0;
        for (int axis = 0; axis < box.rank(); axis++) {
            int size = box.size(axis);
            if (size == 1) {
                continue;
            }
            boolean joins = rank > 0
                    && from[rank - 1] == source.strides[axis] * size
                    && to[rank - 1] == target.strides[axis] * size
                    && (long) sizes[rank - 1] * size <= Integer.MAX_VALUE;
            int slot = joins ? rank - 1 : rank++;
            sizes[slot] = joins ? sizes[slot] * size : size;
            from[slot] = source.strides[axis];
            to[slot] = target.strides[axis];
        }
        if (rank == 0) {
            sizes[rank++] = 1;
        }
        int[] joined = Arrays.copyOf(sizes, rank);
        copyRuns(
                joined,
                new Place(source.data, source.start, Arrays.copyOf(from, rank)),
                new Place(target.data, target.start, Arrays.copyOf(to, rank)),
                width,
                elements / joined[rank - 1]);
    }

    private void copyRuns(int[] sizes, Place source, Place target, int width, long runs) {
        int inner = sizes[sizes.length - 1];
        long grain = Math.max(1, GRAIN_BYTES / ((long) inner * width));
        long stepA = source.innerStride();
        long stepB = target.innerStride();
        threads.parallelFor(runs, grain, (part, first, last) -> {
            for (long run = first; run < last; run++) {
                long a = source.offset(run, sizes);
                long b = target.offset(run, sizes);
                if (stepA == 1 && stepB == 1 && (long) inner * width >= SHORT_RUN_BYTES) {
                    MemorySegment.copy(source.data, a * width, target.data, b * width, (long) inner * width);
                } else if (stepA == 0 && stepB == 1) {
                    copyElements(source.data, a, 0, target.data, b, 1, 1, width);
                    repeatFirst(target.data, b, inner, width);
                } else {
                    copyElements(source.data, a, stepA, target.data, b, stepB, inner, width);
                }
            }
        });
    }

    private static void copyElements(
            MemorySegment source, long a, long stepA, MemorySegment target, long b, long stepB, int n, int width) {
        switch (width) {
            case 4 -> {
                for (int i = 0; i < n; i++) {
                    target.set(INT, (b + i * stepB) * 4, source.get(INT, (a + i * stepA) * 4));
                }
            }
            case 8 -> {
                for (int i = 0; i < n; i++) {
                    target.set(LONG, (b + i * stepB) * 8, source.get(LONG, (a + i * stepA) * 8));
                }
            }
            case 2 -> {
                for (int i = 0; i < n; i++) {
                    target.set(SHORT, (b + i * stepB) * 2, source.get(SHORT, (a + i * stepA) * 2));
                }
            }
            case 1 -> {
                for (int i = 0; i < n; i++) {
                    target.set(BYTE, b + i * stepB, source.get(BYTE, a + i * stepA));
                }
            }
            default ->
                throw new IllegalStateException(
                        "[cpu] expected elements of 1, 2, 4 or 8 bytes; received " + width + ".");
        }
    }

    /**
     * Repeats the element at index {@code first} over {@code n} elements, itself included: copies ever longer pieces.
     */
    private static void repeatFirst(MemorySegment data, long first, long n, int width) {
        long longest = GRAIN_BYTES / 4 / width;
        for (long filled = 1; filled < n; ) {
            long more = Math.min(Math.min(filled, longest), n - filled);
            MemorySegment.copy(data, first * width, data, (first + filled) * width, more * width);
            filled += more;
        }
    }
}
