package dev.lamina.layers;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * How much is added or cut at both ends of each spatial axis of {@code (batch, spatial..., channels)}.
 *
 * @param before one amount a spatial axis
 */
record Borders(List<Integer> before, List<Integer> after) {
    /** @param amounts before and after the first axis, before and after the next, ... */
    static Borders of(String layer, int... amounts) {
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        for (int i = 0; i < amounts.length; i += 2) {
            if (amounts[i] < 0 || amounts[i + 1] < 0) {
                throw new IllegalArgumentException("[" + layer + "] expected amounts of 0 or more; received "
                        + amounts[i] + " and " + amounts[i + 1] + ".");
            }
            before.add(amounts[i]);
            after.add(amounts[i + 1]);
        }
        return new Borders(List.copyOf(before), List.copyOf(after));
    }

    /** Reads one number for all, one an axis, or two an axis; for a single axis the list is its two numbers. */
    static int[] fromConfig(LayerConfig config, String key, int axes, int absent) {
        int[] amounts = new int[2 * axes];
        if (!config.has(key) || config.value(key) instanceof Number) {
            java.util.Arrays.fill(amounts, config.integer(key, absent));
            return amounts;
        }
        List<?> list = config.value(key) instanceof List<?> given ? given : List.of();
        if (axes == 1) {
            list = List.of(list);
        }
        for (int axis = 0; axis < axes; axis++) {
            Object item = list.size() == axes ? list.get(axis) : "";
            List<?> pair = item instanceof Number ? List.of(item, item) : item instanceof List<?> two ? two : List.of();
            if (pair.size() != 2 || !(pair.get(0) instanceof Number a) || !(pair.get(1) instanceof Number b)) {
                throw new ModelFormatException("[config] expected a whole number, or " + axes
                        + " of them or of pairs of them, for \"" + key + "\"; received " + config.value(key) + ".");
            }
            amounts[2 * axis] = a.intValue();
            amounts[2 * axis + 1] = b.intValue();
        }
        return amounts;
    }

    /** The amounts for all axes of a tensor of that rank: none for the batch and the channels. */
    List<Integer> all(List<Integer> spatial) {
        List<Integer> all = new ArrayList<>();
        all.add(0);
        all.addAll(spatial);
        all.add(0);
        return all;
    }

    /** The sizes that are left after cutting. */
    int[] cut(Shape shape) {
        int[] sizes = shape.sizes();
        for (int axis = 0; axis < before.size(); axis++) {
            int size = sizes[axis + 1];
            sizes[axis + 1] = size == Shape.UNKNOWN ? size : size - before.get(axis) - after.get(axis);
        }
        return sizes;
    }

    /** {@code [[top, bottom], [left, right]]}; {@code [before, after]} for a single axis. */
    Object toConfig() {
        List<Object> pairs = new ArrayList<>();
        for (int axis = 0; axis < before.size(); axis++) {
            pairs.add(List.of(before.get(axis), after.get(axis)));
        }
        return pairs.size() == 1 ? pairs.get(0) : pairs;
    }
}
