package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.OptionalLong;

/** In training adds normal noise of mean 0, drawn anew at each call. In inference it does nothing. */
public final class GaussianNoise extends NoiseLayer {
    private final double stddev;

    /** @param stddev the standard deviation, 0 or more */
    public GaussianNoise(double stddev) {
        this(stddev, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public GaussianNoise(double stddev, OptionalLong seed, LayerOptions options) {
        super(stddev > 0, seed, options);
        if (!(stddev >= 0)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a standard deviation of 0 or more; received " + stddev + ".");
        }
        this.stddev = stddev;
    }

    @Override
    Tensor disturb(Tensor x, SeedGenerator generator) {
        return Ops.add(x, Ops.multiply(generator.normal(x.shape(), x.dtype()), stddev));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries("stddev", stddev, "seed", seed()));
        return config;
    }

    static GaussianNoise fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new GaussianNoise(
                        config.number("stddev"), config.whole("seed"), LayerOptions.fromConfig(config)));
    }
}
