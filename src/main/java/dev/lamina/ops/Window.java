package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How a window slides over the one to three spatial axes of images {@code (batch, ..., channels)}: its size, strides,
 * dilation and padding along each.
 */
public record Window(List<Axis> axes) {
    private static final int MOST_AXES = 3;

    /** What surrounds the input along an axis. */
    public sealed interface Padding {
        /** Nothing: the window stays inside. */
        Padding VALID = new Fixed(0, 0);

        /** So much that {@code ceil(size / stride)} places result, the odd element coming last (TensorFlow's rule). */
        Padding SAME = new Same();
    }

    /** {@link Padding#SAME}. */
    public record Same() implements Padding {}

    /** So many elements before and after, whatever the input's size. */
    public record Fixed(int before, int after) implements Padding {}

    /** The window along one axis; a dilation of d leaves d - 1 elements between those that the window sees. */
    public record Axis(int size, int stride, int dilation, Padding padding) {
        /** From the first element that the window sees to the last one. */
        public int extent() {
            return (size - 1) * dilation + 1;
        }

        /** The number of places for an input of that size: 0 if the window is larger; unknown if the size is. */
        public int places(int input) {
            if (input == Shape.UNKNOWN) {
                return Shape.UNKNOWN;
            }
            return switch (padding) {
                case Same _ -> Math.ceilDiv(input, stride);
                case Fixed fixed ->
                    Math.max(0, Math.floorDiv(input + fixed.before + fixed.after - extent(), stride) + 1);
            };
        }

        /** The elements of padding before the input. */
        public int before(int input) {
            return switch (padding) {
                case Same _ -> Math.max(0, (Math.ceilDiv(input, stride) - 1) * stride + extent() - input) / 2;
                case Fixed fixed -> fixed.before;
            };
        }
    }

    public Window {
        axes = List.copyOf(axes);
        if (axes.isEmpty() || axes.size() > MOST_AXES) {
            throw new ShapeException("[window] expected 1 to 3 axes; received " + axes.size() + ".");
        }
        if (axes.stream().anyMatch(axis -> axis.size < 1 || axis.stride < 1 || axis.dilation < 1)) {
            throw new ShapeException("[window] expected sizes, strides and dilations of at least 1; received size "
                    + tuple(axes, Axis::size) + ", strides " + tuple(axes, Axis::stride) + ", dilation "
                    + tuple(axes, Axis::dilation) + ".");
        }
        if (axes.stream()
                .anyMatch(axis -> axis.padding instanceof Fixed(int before, int after) && (before < 0 || after < 0))) {
            throw new ShapeException("[window] expected no negative padding; received "
                    + axes.stream().map(Axis::padding).toList() + ".");
        }
    }

    /** A window of that size along one to three axes, that moves by 1 and stays inside. */
    public static Window of(int... size) {
        return new Window(IntStream.of(size)
                .mapToObj(one -> new Axis(one, 1, 1, Padding.VALID))
                .toList());
    }

    /** The same with other strides: one for all axes, or one for each. */
    public Window strides(int... strides) {
        IntUnaryOperator each = each("strides", strides);
        return map((axis, i) -> new Axis(axis.size, each.applyAsInt(i), axis.dilation, axis.padding));
    }

    /** The same with another dilation: one for all axes, or one for each. */
    public Window dilation(int... dilation) {
        IntUnaryOperator each = each("dilation", dilation);
        return map((axis, i) -> new Axis(axis.size, axis.stride, each.applyAsInt(i), axis.padding));
    }

    /** The same with another padding along all axes. */
    public Window padding(Padding padding) {
        return map((axis, i) -> new Axis(axis.size, axis.stride, axis.dilation, padding));
    }

    /** The same with another padding along each axis. */
    public Window paddings(List<? extends Padding> paddings) {
        return map((axis, i) -> new Axis(axis.size, axis.stride, axis.dilation, paddings.get(i)));
    }

    private IntUnaryOperator each(String what, int[] values) {
        if (values.length != 1 && values.length != axes.size()) {
            throw new ShapeException("[window] expected " + what + " for " + axes.size() + " axes, or one for all; "
                    + "received " + Arrays.toString(values) + ".");
        }
        return i -> values[values.length == 1 ? 0 : i];
    }

    private interface AxisMap {
        Axis apply(Axis axis, int index);
    }

    private Window map(AxisMap function) {
        List<Axis> mapped = new ArrayList<>();
        for (int i = 0; i < axes.size(); i++) {
            mapped.add(function.apply(axes.get(i), i));
        }
        return new Window(mapped);
    }

    /** The number of spatial axes. */
    public int rank() {
        return axes.size();
    }

    /** The sizes along all axes. */
    public Shape size() {
        return sizes(axes, Axis::size);
    }

    public Shape strides() {
        return sizes(axes, Axis::stride);
    }

    public Shape dilation() {
        return sizes(axes, Axis::dilation);
    }

    private static Shape sizes(List<Axis> axes, ToIntFunction<Axis> part) {
        return Shape.of(axes.stream().mapToInt(part).toArray());
    }

    /** As a shape is printed; a shape itself refuses negative sizes. */
    private static String tuple(List<Axis> axes, ToIntFunction<Axis> part) {
        return axes.stream()
                .map(axis -> Integer.toString(part.applyAsInt(axis)))
                .collect(Collectors.joining(", ", "(", axes.size() == 1 ? ",)" : ")"));
    }

    /** The window bound to images of a known shape. */
    public WindowFrame over(Shape images) {
        return WindowFrame.of(this, images);
    }

    /** The {@code (batch, places..., channels)} that images of such a shape give with so many output channels. */
    Shape output(Op op, Shape images, int channels) {
        int[] sizes = new int[rank() + 2];
        sizes[0] = images.size(0);
        sizes[rank() + 1] = channels;
        for (int i = 0; i < rank(); i++) {
            sizes[i + 1] = axes.get(i).places(images.size(i + 1));
            if (sizes[i + 1] == 0) {
                throw new ShapeException("[" + op.opName() + "] expected images at least as large as the window "
                        + size() + " with dilation " + dilation() + "; received " + images
                        + ". Use padding \"same\" or a smaller window.");
            }
        }
        return Shape.of(sizes);
    }
}
