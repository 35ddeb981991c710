package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each channel of sequences {@code (batch, steps, channels)}: {@code (batch, channels)}, unless
 * the axes are kept.
 */
public final class GlobalMaxPooling1D extends GlobalPooling {
    public GlobalMaxPooling1D() {
        this(false, LayerOptions.DEFAULT);
    }

    /** @param keepAxes whether the spatial axes stay, with size 1 */
    public GlobalMaxPooling1D(boolean keepAxes) {
        this(keepAxes, LayerOptions.DEFAULT);
    }

    public GlobalMaxPooling1D(boolean keepAxes, LayerOptions options) {
        super(ReductionOp.Kind.MAX, 1, keepAxes, options);
    }

    static GlobalMaxPooling1D fromConfig(Map<String, ?> entries) {
        return new GlobalMaxPooling1D(keepAxes(entries), LayerOptions.fromConfig(entries));
    }
}
