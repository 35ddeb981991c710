package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each of a fixed number of windows, channel by channel, of volumes {@code (batch, depth,
 * height, width, channels)}: along an axis of size n with m outputs, output i covers the elements from {@code floor(i *
 * n / m)} up to, and not with, {@code ceil((i + 1) * n / m)}.
 */
public final class AdaptiveMaxPooling3D extends AdaptivePooling {
    /** @param outputSize one number for all axes, or one for each */
    public AdaptiveMaxPooling3D(int... outputSize) {
        this(LayerOptions.DEFAULT, outputSize);
    }

    public AdaptiveMaxPooling3D(LayerOptions options, int... outputSize) {
        super(ReductionOp.Kind.MAX, 3, options, outputSize);
    }

    static AdaptiveMaxPooling3D fromConfig(Map<String, ?> entries) {
        return new AdaptiveMaxPooling3D(LayerOptions.fromConfig(entries), outputSize(entries));
    }
}
