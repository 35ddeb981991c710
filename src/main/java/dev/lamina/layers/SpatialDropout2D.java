package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.OptionalLong;

/** As {@link Dropout}, but drops whole channels of {@code (batch, height, width, channels)} (Tompson et al., 2015). */
public final class SpatialDropout2D extends NoiseLayer {
    private final double rate;

    /** @param rate the fraction of channels to drop, from 0 (none) to 1 (all) */
    public SpatialDropout2D(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public SpatialDropout2D(double rate, OptionalLong seed, LayerOptions options) {
        super(rate > 0, seed, options);
        this.rate = rate(name(), rate);
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(4);
    }

    @Override
    Tensor disturb(Tensor x, SeedGenerator generator) {
        Shape noise = Shape.of(x.shape().size(0), 1, 1, x.shape().size(-1));
        return Drop.scaled(x, noise, rate, generator);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries("rate", rate, "seed", seed()));
        config.put("data_format", "channels_last");
        return config;
    }

    static SpatialDropout2D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new SpatialDropout2D(
                        config.only("data_format", "channels_last").number("rate"),
                        config.whole("seed"),
                        LayerOptions.fromConfig(config)));
    }
}
