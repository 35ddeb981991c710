package dev.lamina.backend.cuda;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Where the elements of up to three operands lie, as the kernels' struct {@code Strides}: the sizes of a box's axes and
 * each operand's strides along them, in elements. A stride of 0 repeats.
 */
final class CudaStrides {
    /** The size of the struct. */
    static final int BYTES = 264;

    private static final int MAX_RANK = 8;
    private static final int MAX_OPERANDS = 3;
    private static final int SIZES_OFFSET = 8;
    private static final int ROW_BYTES = MAX_RANK * Long.BYTES;

    private final int rank;
    private final long[] sizes;
    private final long[][] strides;

    private CudaStrides(int rank, long[] sizes, long[][] strides) {
        this.rank = rank;
        this.sizes = sizes;
        this.strides = strides;
        if (rank > MAX_RANK) {
            throw new ShapeException("[cuda] expected tensors whose axes can be merged to " + MAX_RANK
                    + "; received sizes " + Arrays.toString(Arrays.copyOf(sizes, rank)) + ". Do it in two steps.");
        }
    }

    /** Axes as they are; the number of axes is at least 1. */
    static CudaStrides unmerged(long[] sizes, long[]... strides) {
        return new CudaStrides(sizes.length, sizes, strides);
    }

    /** A box of these sizes; axes of size 1 are dropped, neighbours that all operands walk as one are merged. */
    static CudaStrides of(int[] box, long[]... of) {
        long[] sizes = new long[box.length + 1];
        long[][] strides = new long[of.length][box.length + 1];
        int rank = 0;
        for (int axis = 0; axis < box.length; axis++) {
            long size = box[axis];
            if (size == 1) {
                continue;
            }
            boolean merges = rank > 0;
            for (int operand = 0; merges && operand < of.length; operand++) {
                merges = strides[operand][rank - 1] == of[operand][axis] * size;
            }
            if (merges) {
                sizes[rank - 1] *= size;
            } else {
                sizes[rank++] = size;
            }
            for (int operand = 0; operand < of.length; operand++) {
                strides[operand][rank - 1] = of[operand][axis];
            }
        }
        if (rank == 0) {
            sizes[0] = 1;
            rank = 1;
        }
        return new CudaStrides(rank, sizes, strides);
    }

    /** The strides of a dense row-major tensor. */
    static long[] dense(Shape shape) {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int axis = strides.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape.size(axis);
        }
        return strides;
    }

    /** Strides that repeat a dense tensor of shape {@code source} over {@code target}. */
    static long[] broadcast(Shape source, Shape target) {
        long[] dense = dense(source);
        long[] strides = new long[target.rank()];
        int extra = target.rank() - source.rank();
        for (int axis = extra; axis < strides.length; axis++) {
            strides[axis] = source.size(axis - extra) == 1 ? 0 : dense[axis - extra];
        }
        return strides;
    }

    int rank() {
        return rank;
    }

    long size(int axis) {
        return sizes[axis];
    }

    long stride(int operand, int axis) {
        return strides[operand][axis];
    }

    /** Whether the operand's elements lie one behind the other. */
    boolean isDense(int operand) {
        return rank == 1 && (strides[operand][0] == 1 || sizes[0] == 1);
    }

    void write(MemorySegment memory, long offset) {
        memory.set(ValueLayout.JAVA_INT, offset, rank);
        memory.set(ValueLayout.JAVA_INT, offset + Integer.BYTES, 0);
        for (int axis = 0; axis < rank; axis++) {
            long at = offset + SIZES_OFFSET + (long) axis * Long.BYTES;
            memory.set(ValueLayout.JAVA_LONG, at, sizes[axis]);
            for (int operand = 0; operand < strides.length && operand < MAX_OPERANDS; operand++) {
                memory.set(ValueLayout.JAVA_LONG, at + (long) (operand + 1) * ROW_BYTES, strides[operand][axis]);
            }
        }
    }
}
