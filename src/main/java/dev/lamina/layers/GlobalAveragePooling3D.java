package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each channel of volumes {@code (batch, depth, height, width, channels)}: {@code (batch, channels)},
 * unless the axes are kept.
 */
public final class GlobalAveragePooling3D extends GlobalPooling {
    public GlobalAveragePooling3D() {
        this(false, LayerOptions.DEFAULT);
    }

    /** @param keepAxes whether the spatial axes stay, with size 1 */
    public GlobalAveragePooling3D(boolean keepAxes) {
        this(keepAxes, LayerOptions.DEFAULT);
    }

    public GlobalAveragePooling3D(boolean keepAxes, LayerOptions options) {
        super(ReductionOp.Kind.MEAN, 3, keepAxes, options);
    }

    static GlobalAveragePooling3D fromConfig(Map<String, ?> entries) {
        return new GlobalAveragePooling3D(keepAxes(entries), LayerOptions.fromConfig(entries));
    }
}
