package dev.lamina.layers;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;

/**
 * Makes the inputs of a model that is put together from calls of layers:
 *
 * <pre>{@code
 * SymbolicTensor image = Input.named("image", Shape.of(28, 28));
 * Tensor hidden = new Dense(64, "relu").apply(new Flatten().apply(image));
 * Model model = Functional.of(image, new Dense(10, "softmax").apply(hidden));
 * }</pre>
 *
 * Shapes are those of one sample, without the batch axis. {@link InputLayer} has the batch axis to be given.
 */
public final class Input {
    private Input() {}

    /** A float32 input with a name made from the class: {@code input_layer}, {@code input_layer_1}. */
    public static SymbolicTensor of(Shape shape) {
        return of(shape, DType.FLOAT32);
    }

    public static SymbolicTensor of(Shape shape, DType dtype) {
        return named("", shape, dtype);
    }

    /** A float32 input. */
    public static SymbolicTensor named(String name, Shape shape) {
        return named(name, shape, DType.FLOAT32);
    }

    public static SymbolicTensor named(String name, Shape shape, DType dtype) {
        return new InputLayer(name, shape.prepend(Shape.UNKNOWN), dtype).output();
    }
}
