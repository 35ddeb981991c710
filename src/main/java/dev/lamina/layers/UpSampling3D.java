package dev.lamina.layers;

import java.util.Map;

/** Repeats each element of {@code (batch, depth, height, width, channels)} along its three spatial axes. */
public final class UpSampling3D extends UpSamplingLayer {
    /** Twice along each axis. */
    public UpSampling3D() {
        this(2, 2, 2);
    }

    public UpSampling3D(int depth, int height, int width) {
        this(depth, height, width, LayerOptions.DEFAULT);
    }

    public UpSampling3D(int depth, int height, int width, LayerOptions options) {
        super(options, depth, height, width);
    }

    static UpSampling3D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            int[] size = config.only("data_format", "channels_last").sizes("size", 3, 2, 2, 2);
            return new UpSampling3D(size[0], size[1], size[2], LayerOptions.fromConfig(config));
        });
    }
}
