package dev.lamina.constraints;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Scales weights towards a norm between two bounds: {@code w * desired / (epsilon + norm)} with {@code desired = rate *
 * clip(norm, min, max) + (1 - rate) * norm}, the norm being {@code sqrt(sum w^2)} along the axes.
 *
 * @param rate 1 enforces the bounds at once, less moves towards them at each update
 */
public record MinMaxNorm(double minValue, double maxValue, double rate, List<Integer> axes) implements Constraint {
    /** From 0 to 1, at once, along axis 0. */
    public MinMaxNorm() {
        this(0, 1, 1, 0);
    }

    /** Along axis 0. */
    public MinMaxNorm(double minValue, double maxValue, double rate) {
        this(minValue, maxValue, rate, 0);
    }

    public MinMaxNorm(double minValue, double maxValue, double rate, int... axes) {
        this(minValue, maxValue, rate, Norms.axes(axes));
    }

    public MinMaxNorm {
        axes = List.copyOf(axes);
        if (!(minValue >= 0 && minValue <= maxValue) || !(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException(
                    "[min_max_norm] expected 0 <= min <= max and a rate from 0 to 1; received " + "min " + minValue
                            + ", max " + maxValue + ", rate " + rate + ".");
        }
    }

    @Override
    public Tensor apply(Tensor weight) {
        Tensor norms = Norms.of(weight, axes);
        Tensor desired =
                Ops.add(Ops.multiply(Ops.clip(norms, minValue, maxValue), rate), Ops.multiply(norms, 1 - rate));
        return Norms.scale(weight, desired, norms);
    }

    @Override
    public Map<String, Object> config() {
        return Norms.config(
                "MinMaxNorm", "min_value", minValue, "max_value", maxValue, "rate", rate, "axis", Norms.written(axes));
    }

    static MinMaxNorm fromConfig(Config config) {
        return new MinMaxNorm(
                config.number("min_value", 0),
                config.number("max_value", 1),
                config.number("rate", 1),
                config.integers("axis", 0));
    }
}
