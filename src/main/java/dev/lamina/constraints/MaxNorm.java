package dev.lamina.constraints;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Scales down what is longer than a maximum: {@code w * min(norm, max) / (epsilon + norm)}, the norm being
 * {@code sqrt(sum w^2)} along the axes (Srivastava et al., 2014).
 *
 * @param axes axis 0 bounds the incoming weights of each unit of a Dense kernel, axes 0, 1, 2 those of each filter of a
 *     Conv2D
 */
public record MaxNorm(double maxValue, List<Integer> axes) implements Constraint {
    /** Maximum 2, along axis 0. */
    public MaxNorm() {
        this(2, 0);
    }

    /** Along axis 0. */
    public MaxNorm(double maxValue) {
        this(maxValue, 0);
    }

    public MaxNorm(double maxValue, int... axes) {
        this(maxValue, Norms.axes(axes));
    }

    public MaxNorm {
        axes = List.copyOf(axes);
        if (!(maxValue >= 0)) {
            throw new IllegalArgumentException(
                    "[max_norm] expected a maximum of at least 0; received " + maxValue + ".");
        }
    }

    @Override
    public Tensor apply(Tensor weight) {
        Tensor norms = Norms.of(weight, axes);
        return Norms.scale(weight, Ops.clip(norms, 0, maxValue), norms);
    }

    @Override
    public Map<String, Object> config() {
        return Norms.config("MaxNorm", "max_value", maxValue, "axis", Norms.written(axes));
    }

    static MaxNorm fromConfig(Config config) {
        return new MaxNorm(config.number("max_value", 2), config.integers("axis", 0));
    }
}
