package dev.lamina.layers;

import java.util.Map;

/** Repeats each element of {@code (batch, length, channels)}: {@code (batch, length * size, channels)}. */
public final class UpSampling1D extends UpSamplingLayer {
    /** Twice. */
    public UpSampling1D() {
        this(2);
    }

    public UpSampling1D(int size) {
        this(size, LayerOptions.DEFAULT);
    }

    public UpSampling1D(int size, LayerOptions options) {
        super(options, size);
    }

    static UpSampling1D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new UpSampling1D(config.sizes("size", 1, 2)[0], LayerOptions.fromConfig(config)));
    }
}
