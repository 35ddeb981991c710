package dev.lamina.initializers;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Map;

/** 1 everywhere. */
public record Ones() implements Initializer {
    @Override
    public HostArray apply(Shape shape, DType dtype) {
        return HostArray.zeros(shape, dtype).fill(i -> 1);
    }

    @Override
    public Map<String, Object> config() {
        return Initializers.config("Ones");
    }
}
