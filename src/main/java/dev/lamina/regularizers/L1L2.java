package dev.lamina.regularizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** {@code l1 * sum |w| + l2 * sum w^2}. */
public record L1L2(double l1, double l2) implements Regularizer {
    public L1L2 {
        Regularizers.factor("l1", l1);
        Regularizers.factor("l2", l2);
    }

    @Override
    public Tensor apply(Tensor weight) {
        if (l1 == 0) {
            return new L2(l2).apply(weight);
        }
        Tensor penalty = new L1(l1).apply(weight);
        return l2 == 0 ? penalty : Ops.add(penalty, new L2(l2).apply(weight));
    }

    @Override
    public Map<String, Object> config() {
        return Regularizers.config("L1L2", "l1", l1, "l2", l2);
    }
}
