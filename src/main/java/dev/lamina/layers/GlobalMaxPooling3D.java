package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each channel of volumes {@code (batch, depth, height, width, channels)}: {@code (batch,
 * channels)}, unless the axes are kept.
 */
public final class GlobalMaxPooling3D extends GlobalPooling {
    public GlobalMaxPooling3D() {
        this(false, LayerOptions.DEFAULT);
    }

    /** @param keepAxes whether the spatial axes stay, with size 1 */
    public GlobalMaxPooling3D(boolean keepAxes) {
        this(keepAxes, LayerOptions.DEFAULT);
    }

    public GlobalMaxPooling3D(boolean keepAxes, LayerOptions options) {
        super(ReductionOp.Kind.MAX, 3, keepAxes, options);
    }

    static GlobalMaxPooling3D fromConfig(Map<String, ?> entries) {
        return new GlobalMaxPooling3D(keepAxes(entries), LayerOptions.fromConfig(entries));
    }
}
