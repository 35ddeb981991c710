package dev.lamina.regularizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** The built-in penalties. */
public final class Regularizers {
    private Regularizers() {}

    /** {@code factor * sum |w|}. */
    public static Regularizer l1(double factor) {
        return new L1L2(factor, 0);
    }

    /** {@code factor * sum w^2}. */
    public static Regularizer l2(double factor) {
        return new L1L2(0, factor);
    }

    /** {@code l1 * sum |w| + l2 * sum w^2}. */
    public static Regularizer l1l2(double l1, double l2) {
        return new L1L2(l1, l2);
    }

    /** The inverse of {@link Regularizer#config}. */
    public static Regularizer fromConfig(Map<String, ?> config) {
        if ("l1l2".equals(config.get("name"))
                && config.get("l1") instanceof Number l1
                && config.get("l2") instanceof Number l2) {
            return new L1L2(l1.doubleValue(), l2.doubleValue());
        }
        throw new IllegalArgumentException("[regularizer] expected the config of l1l2; received " + config + ".");
    }

    private record L1L2(double l1, double l2) implements Regularizer {
        private L1L2 {
            if (!(l1 >= 0) || !(l2 >= 0)) {
                throw new IllegalArgumentException(
                        "[regularizer] expected factors of at least 0; received l1 " + l1 + " and l2 " + l2 + ".");
            }
        }

        @Override
        public Tensor apply(Tensor weight) {
            Tensor first = Ops.multiply(Ops.sum(Ops.abs(weight)), l1);
            Tensor second = Ops.multiply(Ops.sum(Ops.square(weight)), l2);
            return l2 == 0 ? first : l1 == 0 ? second : Ops.add(first, second);
        }

        @Override
        public Map<String, Object> config() {
            return Map.of("name", "l1l2", "l1", l1, "l2", l2);
        }
    }
}
