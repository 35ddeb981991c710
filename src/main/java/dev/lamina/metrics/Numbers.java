package dev.lamina.metrics;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** Host numbers as tensors. */
final class Numbers {
    private Numbers() {}

    static Tensor vector(List<? extends Number> values, DType dtype) {
        return Ops.tensor(HostArray.zeros(Shape.of(values.size()), dtype)
                .fill(i -> values.get((int) i).doubleValue()));
    }
}
