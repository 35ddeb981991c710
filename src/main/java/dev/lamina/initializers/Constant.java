package dev.lamina.initializers;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Map;

/** One value everywhere. */
public record Constant(double value) implements Initializer {
    @Override
    public HostArray apply(Shape shape, DType dtype) {
        return HostArray.zeros(shape, dtype).fill(i -> value);
    }

    @Override
    public Map<String, Object> config() {
        return Initializers.config("Constant", "value", value);
    }
}
