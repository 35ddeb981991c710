package dev.lamina.layers;

import java.util.Map;
import java.util.OptionalLong;

/**
 * As {@link Dropout}, but drops whole channels of {@code (batch, depth, height, width, channels)} (Tompson et al.,
 * 2015).
 */
public final class SpatialDropout3D extends SpatialDropout {
    /** @param rate the fraction of channels to drop, from 0 (none) to 1 (all) */
    public SpatialDropout3D(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public SpatialDropout3D(double rate, OptionalLong seed, LayerOptions options) {
        super(5, rate, seed, options);
    }

    static SpatialDropout3D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new SpatialDropout3D(
                        config.only("data_format", "channels_last").number("rate"),
                        config.whole("seed"),
                        LayerOptions.fromConfig(config)));
    }
}
