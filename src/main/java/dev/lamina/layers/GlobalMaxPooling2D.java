package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each channel of images {@code (batch, height, width, channels)}: {@code (batch, channels)},
 * unless the axes are kept.
 */
public final class GlobalMaxPooling2D extends GlobalPooling {
    public GlobalMaxPooling2D() {
        this(false, LayerOptions.DEFAULT);
    }

    /** @param keepAxes whether the spatial axes stay, with size 1 */
    public GlobalMaxPooling2D(boolean keepAxes) {
        this(keepAxes, LayerOptions.DEFAULT);
    }

    public GlobalMaxPooling2D(boolean keepAxes, LayerOptions options) {
        super(ReductionOp.Kind.MAX, 2, keepAxes, options);
    }

    static GlobalMaxPooling2D fromConfig(Map<String, ?> entries) {
        return new GlobalMaxPooling2D(keepAxes(entries), LayerOptions.fromConfig(entries));
    }
}
