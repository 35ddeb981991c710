package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Optional;
import java.util.OptionalInt;

/** Shares of counts. */
final class Rates {
    private Rates() {}

    /** {@code a / (a + b)}, 0 where both are. */
    static Tensor of(Tensor a, Tensor b) {
        return Numerics.divideNoNan(a, Ops.add(a, b));
    }

    static OptionalInt read(Config config, String key) {
        return config.has(key) ? OptionalInt.of(config.integer(key)) : OptionalInt.empty();
    }

    static Object boxed(OptionalInt value) {
        return value.isPresent() ? value.getAsInt() : Optional.empty();
    }
}
