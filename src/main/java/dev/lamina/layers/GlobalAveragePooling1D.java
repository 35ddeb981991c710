package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each channel of sequences {@code (batch, steps, channels)}: {@code (batch, channels)}, unless the axes
 * are kept. With a mask, only the steps that it holds to be true count.
 */
public final class GlobalAveragePooling1D extends GlobalPooling {
    public GlobalAveragePooling1D() {
        this(false, LayerOptions.DEFAULT);
    }

    /** @param keepAxes whether the spatial axes stay, with size 1 */
    public GlobalAveragePooling1D(boolean keepAxes) {
        this(keepAxes, LayerOptions.DEFAULT);
    }

    public GlobalAveragePooling1D(boolean keepAxes, LayerOptions options) {
        super(ReductionOp.Kind.MEAN, 1, keepAxes, options);
    }

    static GlobalAveragePooling1D fromConfig(Map<String, ?> entries) {
        return new GlobalAveragePooling1D(keepAxes(entries), LayerOptions.fromConfig(entries));
    }
}
