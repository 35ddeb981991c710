package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each of a fixed number of windows, channel by channel, of images {@code (batch, height, width,
 * channels)}: along an axis of size n with m outputs, output i covers the elements from {@code floor(i * n / m)} up to,
 * and not with, {@code ceil((i + 1) * n / m)}.
 */
public final class AdaptiveAveragePooling2D extends AdaptivePooling {
    /** @param outputSize one number for all axes, or one for each */
    public AdaptiveAveragePooling2D(int... outputSize) {
        this(LayerOptions.DEFAULT, outputSize);
    }

    public AdaptiveAveragePooling2D(LayerOptions options, int... outputSize) {
        super(ReductionOp.Kind.MEAN, 2, options, outputSize);
    }

    static AdaptiveAveragePooling2D fromConfig(Map<String, ?> entries) {
        return new AdaptiveAveragePooling2D(LayerOptions.fromConfig(entries), outputSize(entries));
    }
}
