package dev.lamina.tensor;

/** What is known of a tensor without its values: shape and element type. Prints as {@code float32 (32, 784)}. */
public record TensorSpec(Shape shape, DType dtype) {
    /** The size in bytes; an unknown axis is a {@link dev.lamina.errors.ShapeException}. */
    public long bytes() {
        return shape.elements() * dtype.bytes();
    }

    @Override
    public String toString() {
        return dtype + " " + shape;
    }
}
