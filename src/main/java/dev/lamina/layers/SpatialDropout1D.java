package dev.lamina.layers;

import java.util.Map;
import java.util.OptionalLong;

/** As {@link Dropout}, but drops whole channels of {@code (batch, time, channels)} (Tompson et al., 2015). */
public final class SpatialDropout1D extends SpatialDropout {
    /** @param rate the fraction of channels to drop, from 0 (none) to 1 (all) */
    public SpatialDropout1D(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public SpatialDropout1D(double rate, OptionalLong seed, LayerOptions options) {
        super(3, rate, seed, options);
    }

    static SpatialDropout1D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new SpatialDropout1D(
                        config.number("rate"), config.whole("seed"), LayerOptions.fromConfig(config)));
    }
}
