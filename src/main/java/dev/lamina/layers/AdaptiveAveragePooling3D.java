package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each of a fixed number of windows, channel by channel, of volumes {@code (batch, depth, height, width,
 * channels)}: along an axis of size n with m outputs, output i covers the elements from {@code floor(i * n / m)} up to,
 * and not with, {@code ceil((i + 1) * n / m)}.
 */
public final class AdaptiveAveragePooling3D extends AdaptivePooling {
    /** @param outputSize one number for all axes, or one for each */
    public AdaptiveAveragePooling3D(int... outputSize) {
        this(LayerOptions.DEFAULT, outputSize);
    }

    public AdaptiveAveragePooling3D(LayerOptions options, int... outputSize) {
        super(ReductionOp.Kind.MEAN, 3, options, outputSize);
    }

    static AdaptiveAveragePooling3D fromConfig(Map<String, ?> entries) {
        return new AdaptiveAveragePooling3D(LayerOptions.fromConfig(entries), outputSize(entries));
    }
}
