package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each of a fixed number of windows, channel by channel, of sequences {@code (batch, steps,
 * channels)}: along an axis of size n with m outputs, output i covers the elements from {@code floor(i * n / m)} up to,
 * and not with, {@code ceil((i + 1) * n / m)}.
 */
public final class AdaptiveMaxPooling1D extends AdaptivePooling {
    /** @param outputSize one number for all axes, or one for each */
    public AdaptiveMaxPooling1D(int... outputSize) {
        this(LayerOptions.DEFAULT, outputSize);
    }

    public AdaptiveMaxPooling1D(LayerOptions options, int... outputSize) {
        super(ReductionOp.Kind.MAX, 1, options, outputSize);
    }

    static AdaptiveMaxPooling1D fromConfig(Map<String, ?> entries) {
        return new AdaptiveMaxPooling1D(LayerOptions.fromConfig(entries), outputSize(entries));
    }
}
