package dev.lamina.layers;

import java.util.Map;
import java.util.OptionalLong;

/** As {@link Dropout}, but drops whole channels of {@code (batch, height, width, channels)} (Tompson et al., 2015). */
public final class SpatialDropout2D extends SpatialDropout {
    /** @param rate the fraction of channels to drop, from 0 (none) to 1 (all) */
    public SpatialDropout2D(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public SpatialDropout2D(double rate, OptionalLong seed, LayerOptions options) {
        super(4, rate, seed, options);
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
