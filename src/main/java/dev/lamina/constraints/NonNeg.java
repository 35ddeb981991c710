package dev.lamina.constraints;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** Keeps weights from falling below 0: {@code max(w, 0)}. */
public record NonNeg() implements Constraint {
    @Override
    public Tensor apply(Tensor weight) {
        return Ops.maximum(weight, 0);
    }

    @Override
    public Map<String, Object> config() {
        return Norms.config("NonNeg");
    }
}
