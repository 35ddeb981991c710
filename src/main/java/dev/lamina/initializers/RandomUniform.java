package dev.lamina.initializers;

import dev.lamina.config.Config;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Map;
import java.util.OptionalLong;

/** Uniform from {@code low} to below {@code high}. */
public record RandomUniform(double low, double high, OptionalLong seed) implements Initializer {
    public RandomUniform {
        if (!(low <= high)) {
            throw new IllegalArgumentException(
                    "[random_uniform] expected the lower bound, then the upper one; received " + low + " and " + high
                            + ".");
        }
    }

    /** The same, which draws the same numbers at each use. */
    public RandomUniform seed(long newSeed) {
        return new RandomUniform(low, high, OptionalLong.of(newSeed));
    }

    @Override
    public HostArray apply(Shape shape, DType dtype) {
        return Draws.uniform(HostArray.zeros(shape, dtype), low, high, seed);
    }

    @Override
    public boolean takesSeed() {
        return seed.isEmpty();
    }

    @Override
    public Map<String, Object> config() {
        return Initializers.config("RandomUniform", "seed", seed, "minval", low, "maxval", high);
    }

    static RandomUniform fromConfig(Config config) {
        return new RandomUniform(
                config.number("minval", -0.05), config.number("maxval", 0.05), Initializers.seed(config));
    }
}
