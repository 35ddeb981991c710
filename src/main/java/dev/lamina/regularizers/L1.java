package dev.lamina.regularizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** {@code l1 * sum |w|}. */
public record L1(double l1) implements Regularizer {
    public L1 {
        Regularizers.factor("l1", l1);
    }

    @Override
    public Tensor apply(Tensor weight) {
        return Ops.multiply(Ops.sum(Ops.abs(weight)), l1);
    }

    @Override
    public Map<String, Object> config() {
        // Keras keeps this factor as float32.
        return Regularizers.config("L1", "l1", (double) (float) l1);
    }
}
