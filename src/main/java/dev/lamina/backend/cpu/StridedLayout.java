package dev.lamina.backend.cpu;

import dev.lamina.tensor.Shape;
import java.util.Arrays;

/**
 * Where the elements of a tensor, taken in row-major order, lie in another: sizes and strides, in elements, of as few
 * axes as possible. A stride of 0 repeats.
 */
final class StridedLayout {
    private final long[] sizes;
    private final long[] strides;

    private StridedLayout(long[] sizes, long[] strides) {
        this.sizes = sizes;
        this.strides = strides;
    }

    /**
     * A layout of these sizes and strides; neighbouring axes that can be walked as one are joined, axes of size 1
     * dropped.
     */
    static StridedLayout of(int[] sizes, long[] strides) {
        long[] joinedSizes = new long[sizes.length];
        long[] joinedStrides = new long[sizes.length];
        int rank = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            if (sizes[axis] == 1) {
                continue;
            }
            if (rank > 0 && joinedStrides[rank - 1] == strides[axis] * sizes[axis]) {
                joinedSizes[rank - 1] *= sizes[axis];
                joinedStrides[rank - 1] = strides[axis];
            } else {
                joinedSizes[rank] = sizes[axis];
                joinedStrides[rank] = strides[axis];
                rank++;
            }
        }
        if (rank == 1 && joinedStrides[0] == 0) {
            rank = 0;
        }
        return new StridedLayout(Arrays.copyOf(joinedSizes, rank), Arrays.copyOf(joinedStrides, rank));
    }

    /** Where the elements of {@code target} lie in a dense tensor of shape {@code source} that is broadcast to it. */
    static StridedLayout broadcast(Shape source, Shape target) {
        long[] dense = denseStrides(source);
        long[] strides = new long[target.rank()];
        int extra = target.rank() - source.rank();
        for (int axis = extra; axis < strides.length; axis++) {
            strides[axis] = source.size(axis - extra) == 1 ? 0 : dense[axis - extra];
        }
        return of(target.sizes(), strides);
    }

    /** The strides of a dense row-major tensor, in elements. */
    static long[] denseStrides(Shape shape) {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int axis = strides.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape.size(axis);
        }
        return strides;
    }

    int rank() {
        return sizes.length;
    }

    long size(int axis) {
        return sizes[axis];
    }

    long stride(int axis) {
        return strides[axis];
    }

    /** The offset in the other tensor of the element with that row-major index. */
    long offset(long index) {
        long offset = 0;
        long rest = index;
        for (int axis = sizes.length - 1; axis > 0 && rest != 0; axis--) {
            offset += rest % sizes[axis] * strides[axis];
            rest /= sizes[axis];
        }
        return sizes.length == 0 ? 0 : offset + rest * strides[0];
    }
}
