package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each channel of images {@code (batch, height, width, channels)}: {@code (batch, channels)}, unless the
 * axes are kept.
 */
public final class GlobalAveragePooling2D extends GlobalPooling {
    public GlobalAveragePooling2D() {
        this(false, LayerOptions.DEFAULT);
    }

    /** @param keepAxes whether the spatial axes stay, with size 1 */
    public GlobalAveragePooling2D(boolean keepAxes) {
        this(keepAxes, LayerOptions.DEFAULT);
    }

    public GlobalAveragePooling2D(boolean keepAxes, LayerOptions options) {
        super(ReductionOp.Kind.MEAN, 2, keepAxes, options);
    }

    static GlobalAveragePooling2D fromConfig(Map<String, ?> entries) {
        return new GlobalAveragePooling2D(keepAxes(entries), LayerOptions.fromConfig(entries));
    }
}
