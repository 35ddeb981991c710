package dev.lamina.initializers;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Map;

/** {@code gain} on the diagonal of a matrix, 0 elsewhere. */
public record Identity(double gain) implements Initializer {
    @Override
    public HostArray apply(Shape shape, DType dtype) {
        if (shape.rank() != 2) {
            throw new ShapeException(
                    "[identity] expected the shape of a matrix; received " + shape + ". Use another initializer.");
        }
        int columns = Math.max(1, shape.size(1));
        return HostArray.zeros(shape, dtype).fill(i -> i / columns == i % columns ? gain : 0);
    }

    @Override
    public Map<String, Object> config() {
        // Keras writes no gain, so that another than 1 would be lost; but it reads one.
        return gain == 1 ? Initializers.config("Identity") : Initializers.config("Identity", "gain", gain);
    }
}
