package dev.lamina.constraints;

import dev.lamina.config.Config;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Scales weights to norm 1: {@code w / (epsilon + norm)}, the norm being {@code sqrt(sum w^2)} along the axes. */
public record UnitNorm(List<Integer> axes) implements Constraint {
    /** Along axis 0. */
    public UnitNorm() {
        this(0);
    }

    public UnitNorm(int... axes) {
        this(Norms.axes(axes));
    }

    public UnitNorm {
        axes = List.copyOf(axes);
    }

    @Override
    public Tensor apply(Tensor weight) {
        return Norms.normalize(weight, Norms.of(weight, axes));
    }

    @Override
    public Map<String, Object> config() {
        return Norms.config("UnitNorm", "axis", Norms.written(axes));
    }

    static UnitNorm fromConfig(Config config) {
        return new UnitNorm(config.integers("axis", 0));
    }
}
