package dev.lamina.runtime;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Functions along one axis, made of several ops that name no size of the other axes: those may be unknown. */
final class AlongAxis {
    private AlongAxis() {}

    /** The size of an axis where the function depends on it. */
    static int size(String op, Tensor x, int axis) {
        int size = x.shape().size(axis);
        if (size == Shape.UNKNOWN) {
            throw new ShapeException(
                    "[" + op + "] expected a known size along axis " + axis + "; received " + x.spec() + ".");
        }
        return size;
    }

    static void checkNumbers(String op, Tensor x) {
        if (x.dtype() == DType.BOOL) {
            throw new DTypeException(
                    "[" + op + "] expected numbers; received " + x.spec() + ". Convert it with Ops.cast.");
        }
    }

    /** The axes, or all of them where none is named. */
    static int[] named(Tensor x, int... axes) {
        return axes.length > 0 ? axes : IntStream.range(0, x.shape().rank()).toArray();
    }

    /** With one entry of that value along those of the axes that have none. */
    static Tensor filled(Tensor x, double value, int... axes) {
        Tensor filled = x;
        for (int axis : named(x, axes)) {
            if (filled.shape().size(axis) == 0) {
                filled = Ops.apply(new ShapeOp.Pad(at(x, axis, 0), at(x, axis, 1), value), filled);
            }
        }
        return filled;
    }

    /** What ops read of a variable now: a result doesn't change when the variable is assigned to. */
    static Tensor value(Tensor x) {
        return x instanceof Variable ? Ops.apply(UnaryOp.IDENTITY, x) : x;
    }

    /** {@code count} entries, {@link Shape#UNKNOWN} for all that are left. */
    static Tensor part(Tensor x, int axis, int from, int count) {
        Integer[] sizes = new Integer[x.shape().rank()];
        Arrays.fill(sizes, Shape.UNKNOWN);
        sizes[x.shape().axis(axis)] = count;
        return Ops.apply(new ShapeOp.Slice(at(x, axis, from), List.of(sizes)), x);
    }

    static List<Tensor> split(Tensor x, int parts, int axis) {
        int size = size("split", x, axis);
        if (parts < 1 || size % parts != 0) {
            throw new ShapeException("[split] expected a number of parts that divides the size along axis " + axis
                    + "; received " + parts + " for " + x.spec() + ".");
        }
        List<Tensor> result = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            result.add(part(x, axis, i * (size / parts), size / parts));
        }
        return result;
    }

    static List<Tensor> split(Tensor x, int[] places, int axis) {
        int size = x.shape().size(axis);
        List<Tensor> result = new ArrayList<>();
        int from = 0;
        for (int place : places) {
            if (place < from || size != Shape.UNKNOWN && place > size) {
                String last = size == Shape.UNKNOWN ? "" : " to " + size;
                throw new ShapeException("[split] expected rising places from 0" + last + " along axis " + axis + " of "
                        + x.spec() + "; received " + Arrays.toString(places) + ".");
            }
            result.add(part(x, axis, from, place - from));
            from = place;
        }
        result.add(part(x, axis, from, Shape.UNKNOWN));
        return result;
    }

    static Tensor tile(Tensor x, int... times) {
        if (!Arrays.stream(times).allMatch(n -> n > 0)) {
            throw new ShapeException("[tile] expected numbers of 1 or more; received " + Arrays.toString(times)
                    + " for " + x.spec() + ".");
        }
        Tensor tiled = x;
        while (tiled.shape().rank() < times.length) {
            tiled = Ops.expandDims(tiled, 0);
        }
        for (int i = 1; i <= times.length; i++) {
            int n = times[times.length - i];
            tiled = n == 1 ? tiled : Ops.concat(Collections.nCopies(n, tiled), -i);
        }
        return value(tiled);
    }

    /** Halves times halves, with ones for what is missing. The axis stays, with size 1. */
    static Tensor prod(Tensor x, int axis) {
        int size = size("prod", x, axis);
        Tensor product = x;
        while (size != 1) {
            if (size % 2 != 0 || size == 0) {
                product = Ops.apply(new ShapeOp.Pad(at(x, axis, 0), at(x, axis, 1), 1), product);
                size++;
            }
            if (size > 1) {
                size /= 2;
                product = Ops.multiply(part(product, axis, 0, size), part(product, axis, size, size));
            }
        }
        return product;
    }

    /** Each pass adds what lies twice as far before. */
    static Tensor cumsum(Tensor x, int axis) {
        checkNumbers("cumsum", x);
        int size = size("cumsum", x, axis);
        Tensor sums = x;
        for (int step = 1; step < size; step *= 2) {
            Tensor before = part(sums, axis, 0, size - step);
            sums = Ops.add(sums, Ops.apply(new ShapeOp.Pad(at(x, axis, step), at(x, axis, 0), 0), before));
        }
        return value(sums);
    }

    /** A number for one axis, 0 for the others. */
    private static List<Integer> at(Tensor x, int axis, int number) {
        Integer[] numbers = new Integer[x.shape().rank()];
        Arrays.fill(numbers, 0);
        numbers[x.shape().axis(axis)] = number;
        return List.of(numbers);
    }
}
