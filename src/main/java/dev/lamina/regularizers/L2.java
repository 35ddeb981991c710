package dev.lamina.regularizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** {@code l2 * sum w^2}. */
public record L2(double l2) implements Regularizer {
    public L2 {
        Regularizers.factor("l2", l2);
    }

    @Override
    public Tensor apply(Tensor weight) {
        return Ops.multiply(Ops.sum(Ops.square(weight)), l2);
    }

    @Override
    public Map<String, Object> config() {
        return Regularizers.config("L2", "l2", l2);
    }
}
