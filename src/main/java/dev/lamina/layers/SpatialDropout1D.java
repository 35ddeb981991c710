package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.OptionalLong;

/** As {@link Dropout}, but drops whole channels of {@code (batch, time, channels)} (Tompson et al., 2015). */
public final class SpatialDropout1D extends NoiseLayer {
    private final double rate;

    /** @param rate the fraction of channels to drop, from 0 (none) to 1 (all) */
    public SpatialDropout1D(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public SpatialDropout1D(double rate, OptionalLong seed, LayerOptions options) {
        super(rate > 0, seed, options);
        this.rate = rate(name(), rate);
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(3);
    }

    @Override
    Tensor disturb(Tensor x, SeedGenerator generator) {
        Shape noise = Shape.of(x.shape().size(0), 1, x.shape().size(-1));
        return Drop.scaled(x, noise, rate, generator);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries("rate", rate, "seed", seed()));
        return config;
    }

    static SpatialDropout1D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new SpatialDropout1D(
                        config.number("rate"), config.whole("seed"), LayerOptions.fromConfig(config)));
    }
}
