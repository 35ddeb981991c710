package dev.lamina.backend.cpu;

import dev.lamina.tensor.Shape;

/** Index arithmetic in its plainest form, for expected values. */
final class Index {
    private Index() {}

    /** The position along each axis of the element with that row-major index. */
    static int[] positions(long index, Shape shape) {
        int[] positions = new int[shape.rank()];
        long rest = index;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            positions[axis] = (int) (rest % shape.size(axis));
            rest /= shape.size(axis);
        }
        return positions;
    }

    static long of(int[] positions, Shape shape) {
        long index = 0;
        for (int axis = 0; axis < positions.length; axis++) {
            index = index * shape.size(axis) + positions[axis];
        }
        return index;
    }

    /** The index of the source's element that a broadcast puts at an index of the target. */
    static long broadcast(long index, Shape target, Shape source) {
        int[] at = positions(index, target);
        int[] from = new int[source.rank()];
        for (int axis = 1; axis <= from.length; axis++) {
            from[from.length - axis] = source.size(-axis) == 1 ? 0 : at[at.length - axis];
        }
        return of(from, source);
    }
}
