package dev.lamina.initializers;

import dev.lamina.config.Config;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Map;
import java.util.OptionalLong;

/** Normal, values beyond two standard deviations drawn again. */
public record TruncatedNormal(double mean, double deviation, OptionalLong seed) implements Initializer {
    public TruncatedNormal {
        if (!(deviation >= 0)) {
            throw new IllegalArgumentException(
                    "[truncated_normal] expected a standard deviation of at least 0 after the mean; received " + mean
                            + " and " + deviation + ".");
        }
    }

    /** The same, which draws the same numbers at each use. */
    public TruncatedNormal seed(long newSeed) {
        return new TruncatedNormal(mean, deviation, OptionalLong.of(newSeed));
    }

    @Override
    public HostArray apply(Shape shape, DType dtype) {
        return Draws.truncatedNormal(HostArray.zeros(shape, dtype), mean, deviation, seed);
    }

    @Override
    public boolean takesSeed() {
        return seed.isEmpty();
    }

    @Override
    public Map<String, Object> config() {
        return Initializers.config("TruncatedNormal", "seed", seed, "mean", mean, "stddev", deviation);
    }

    static TruncatedNormal fromConfig(Config config) {
        return new TruncatedNormal(config.number("mean", 0), config.number("stddev", 0.05), Initializers.seed(config));
    }
}
