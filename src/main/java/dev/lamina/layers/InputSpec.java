package dev.lamina.layers;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What a layer demands of its inputs; checked before each call. Sizes of axes are given by axis number, negative ones
 * counting from the end.
 */
public record InputSpec(
        OptionalInt rank, int minRank, OptionalInt maxRank, Map<Integer, Integer> axes, Optional<DType> dtype) {
    /** Anything. */
    public static final InputSpec ANY =
            new InputSpec(OptionalInt.empty(), 0, OptionalInt.empty(), Map.of(), Optional.empty());

    public InputSpec {
        axes = java.util.Collections.unmodifiableMap(new TreeMap<>(axes));
    }

    public static InputSpec ofRank(int rank) {
        return new InputSpec(OptionalInt.of(rank), 0, OptionalInt.empty(), Map.of(), Optional.empty());
    }

    public static InputSpec ofMinRank(int minRank) {
        return new InputSpec(OptionalInt.empty(), minRank, OptionalInt.empty(), Map.of(), Optional.empty());
    }

    public InputSpec withMaxRank(int newMaxRank) {
        return new InputSpec(rank, minRank, OptionalInt.of(newMaxRank), axes, dtype);
    }

    /** The axis must have that size. */
    public InputSpec withAxis(int axis, int size) {
        Map<Integer, Integer> more = new TreeMap<>(axes);
        more.put(axis, size);
        return new InputSpec(rank, minRank, maxRank, more, dtype);
    }

    public InputSpec withDType(DType newType) {
        return new InputSpec(rank, minRank, maxRank, axes, Optional.of(newType));
    }

    /**
     * @param layer the layer's name
     * @param input names the input among several: {@code the input}, {@code input 1}
     */
    void check(String layer, String input, TensorSpec found) {
        Shape shape = found.shape();
        if (rank.isPresent() && shape.rank() != rank.getAsInt()) {
            throw wrong(layer, input + " to be of rank " + rank.getAsInt(), found, hint(rank.getAsInt(), shape.rank()));
        }
        if (shape.rank() < minRank) {
            throw wrong(layer, input + " to be of rank " + minRank + " or more", found, hint(minRank, shape.rank()));
        }
        if (maxRank.isPresent() && shape.rank() > maxRank.getAsInt()) {
            throw wrong(layer, input + " to be of rank " + maxRank.getAsInt() + " or less", found, "");
        }
        axes.forEach((axis, size) -> {
            boolean exists = axis < 0 ? -axis <= shape.rank() : axis < shape.rank();
            if (!exists || shape.size(axis) != Shape.UNKNOWN && shape.size(axis) != size) {
                String which = axis == -1 ? "the last axis" : "axis " + axis;
                String remedy = axis == -1 && exists && shape.rank() > 2 && flat(shape) == size
                        ? " Add a Flatten layer before it."
                        : "";
                throw wrong(
                        layer,
                        which + " of " + input + " to be " + size + ", fixed when the layer was built",
                        found,
                        remedy);
            }
        });
        if (dtype.isPresent() && dtype.get() != found.dtype()) {
            throw new DTypeException("[" + layer + "] expected " + input + " to be " + dtype.get() + "; received "
                    + found + ". Convert it with Ops.cast.");
        }
    }

    private static long flat(Shape shape) {
        Shape inner = shape.slice(1, shape.rank());
        return inner.isFullyKnown() ? inner.elements() : -1;
    }

    private static String hint(int expected, int found) {
        return found == expected - 1 ? " Is the batch axis, or the channel axis, missing?" : "";
    }

    private static ShapeException wrong(String layer, String expected, TensorSpec found, String remedy) {
        return new ShapeException(
                "[" + layer + "] expected " + expected + "; received shape " + found.shape() + "." + remedy);
    }
}
