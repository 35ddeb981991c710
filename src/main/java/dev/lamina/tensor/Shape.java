package dev.lamina.tensor;

import dev.lamina.errors.ShapeException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The sizes of a tensor's axes. An axis may be {@link #UNKNOWN}, printed {@code None}: the batch axis of a model's
 * input, for instance. Immutable. Negative axis numbers count from the end.
 */
public final class Shape {
    /** The size of an axis that is not known yet. */
    public static final int UNKNOWN = -1;

    private static final Shape SCALAR = new Shape();

    private final int[] sizes;

    private Shape(int... sizes) {
        this.sizes = sizes;
    }

    /** A shape of these sizes; {@link #UNKNOWN} is allowed, other negative sizes are a {@link ShapeException}. */
    public static Shape of(int... sizes) {
        for (int size : sizes) {
            if (size < UNKNOWN) {
                throw new ShapeException("[Shape] expected sizes of at least 0, or Shape.UNKNOWN; received "
                        + Arrays.toString(sizes) + ".");
            }
        }
        return sizes.length == 0 ? SCALAR : new Shape(sizes.clone());
    }

    /** The shape {@code ()} of one number. */
    public static Shape scalar() {
        return SCALAR;
    }

    public int rank() {
        return sizes.length;
    }

    /** The size of an axis, {@link #UNKNOWN} where it is not known. */
    public int size(int axis) {
        return sizes[axis(axis)];
    }

    public int[] sizes() {
        return sizes.clone();
    }

    /** The same axis counted from the front; out of range is a {@link ShapeException}. */
    public int axis(int axis) {
        int front = axis < 0 ? axis + sizes.length : axis;
        if (front < 0 || front >= sizes.length) {
            throw new ShapeException("[Shape] expected an axis of a rank " + sizes.length + " shape, from "
                    + -sizes.length + " to " + (sizes.length - 1) + "; received axis " + axis + " of " + this + ".");
        }
        return front;
    }

    public boolean isFullyKnown() {
        for (int size : sizes) {
            if (size == UNKNOWN) {
                return false;
            }
        }
        return true;
    }

    /** The number of elements. A shape with an unknown axis has none: {@link ShapeException}. */
    public long elements() {
        long product = 1;
        for (int size : sizes) {
            if (size == UNKNOWN) {
                throw new ShapeException("[Shape] expected a fully known shape; received " + this + ".");
            }
            product *= size;
        }
        return product;
    }

    /** The product of the sizes of the axes {@code from} (included) to {@code to} (excluded). */
    public long elements(int from, int to) {
        return slice(from, to).elements();
    }

    public Shape withSize(int axis, int size) {
        int[] changed = sizes.clone();
        changed[axis(axis)] = size;
        return of(changed);
    }

    /** The axes {@code from} (included) to {@code to} (excluded). */
    public Shape slice(int from, int to) {
        return of(Arrays.copyOfRange(sizes, from, to));
    }

    public Shape prepend(int size) {
        int[] longer = new int[sizes.length + 1];
        longer[0] = size;
        System.arraycopy(sizes, 0, longer, 1, sizes.length);
        return of(longer);
    }

    public Shape append(int... more) {
        int[] longer = Arrays.copyOf(sizes, sizes.length + more.length);
        System.arraycopy(more, 0, longer, sizes.length, more.length);
        return of(longer);
    }

    /** This shape without one axis. */
    public Shape drop(int axis) {
        int at = axis(axis);
        int[] shorter = new int[sizes.length - 1];
        System.arraycopy(sizes, 0, shorter, 0, at);
        System.arraycopy(sizes, at + 1, shorter, at, shorter.length - at);
        return of(shorter);
    }

    /** Whether the two could be the same shape: equal ranks, and equal sizes wherever both are known. */
    public boolean isCompatibleWith(Shape other) {
        if (other.sizes.length != sizes.length) {
            return false;
        }
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] != UNKNOWN && other.sizes[i] != UNKNOWN && sizes[i] != other.sizes[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * The shape two operands broadcast to by NumPy's rule: axes are aligned at the end, sizes must be equal or 1.
     *
     * @param where the operation's name, for the {@link ShapeException} when they don't broadcast
     */
    public static Shape broadcast(String where, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        int[] sizes = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int left = i <= a.rank() ? a.size(-i) : 1;
            int right = i <= b.rank() ? b.size(-i) : 1;
            if (left != right && left != 1 && right != 1 && left != UNKNOWN && right != UNKNOWN) {
                throw new ShapeException(
                        "[" + where + "] expected shapes that broadcast (aligned at the last axis, sizes "
                                + "equal or 1); received " + a + " and " + b + ".");
            }
            sizes[rank - i] = left == 1 ? right : right == 1 || right == UNKNOWN ? left : right;
        }
        return of(sizes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    /** As Python prints a tuple: {@code (32, 784)}, {@code (None, 10)}, {@code (5,)}, {@code ()}. */
    @Override
    public String toString() {
        String inside = Arrays.stream(sizes)
                .mapToObj(size -> size == UNKNOWN ? "None" : Integer.toString(size))
                .collect(Collectors.joining(", "));
        return "(" + inside + (sizes.length == 1 ? ",)" : ")");
    }
}
