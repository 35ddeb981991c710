package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Keras's argument {@code axis}: one axis, or a list of them.
 *
 * @param single whether it was given as one number
 */
record Axes(List<Integer> list, boolean single) {
    /** No axes mean the last. */
    static Axes of(int... axes) {
        return axes.length == 0
                ? new Axes(List.of(-1), true)
                : new Axes(Arrays.stream(axes).boxed().toList(), axes.length == 1);
    }

    static Axes fromConfig(LayerConfig config) {
        if (!config.has("axis")) {
            return of();
        }
        return config.value("axis") instanceof Number
                ? of(config.integer("axis"))
                : new Axes(Arrays.stream(config.integers("axis")).boxed().toList(), false);
    }

    /** Counted from the front, in order; an axis that is named twice is a {@link ShapeException}. */
    int[] sorted(Shape shape) {
        int[] sorted = list.stream().mapToInt(shape::axis).sorted().distinct().toArray();
        if (sorted.length != list.size()) {
            throw new ShapeException("[axis] expected each axis once; received " + list + " of " + shape + ".");
        }
        return sorted;
    }

    /** The sizes of these axes, in order. */
    Shape sizes(Shape shape) {
        return Shape.of(Arrays.stream(sorted(shape)).map(shape::size).toArray());
    }

    Object toConfig() {
        return single ? (Object) list.get(0) : list;
    }
}
