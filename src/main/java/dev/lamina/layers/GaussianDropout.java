package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.OptionalLong;

/**
 * In training multiplies with normal noise of mean 1 and variance {@code rate / (1 - rate)}, that of {@link Dropout}
 * (Srivastava et al., 2014). In inference it does nothing.
 */
public final class GaussianDropout extends NoiseLayer {
    private final double rate;

    /** @param rate from 0 to less than 1 */
    public GaussianDropout(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public GaussianDropout(double rate, OptionalLong seed, LayerOptions options) {
        super(rate > 0, seed, options);
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a rate from 0 to less than 1; received " + rate + ".");
        }
        this.rate = rate;
    }

    @Override
    Tensor disturb(Tensor x, SeedGenerator generator) {
        Tensor noise = Ops.multiply(generator.normal(x.shape(), x.dtype()), Math.sqrt(rate / (1 - rate)));
        return Ops.multiply(x, Ops.add(noise, 1));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries("rate", rate, "seed", seed()));
        return config;
    }

    static GaussianDropout fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new GaussianDropout(
                        config.number("rate"), config.whole("seed"), LayerOptions.fromConfig(config)));
    }
}
