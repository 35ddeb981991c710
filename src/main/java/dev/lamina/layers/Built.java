package dev.lamina.layers;

import org.jspecify.annotations.Nullable;

/** Access to what a layer makes in build. */
final class Built {
    private Built() {}

    /** The part, which exists once the layer is built. */
    static <T> T get(Layer layer, @Nullable T part) {
        if (part == null) {
            throw new IllegalStateException(
                    "[" + layer.name() + "] expected a built layer; it is not built yet. Call apply, not call.");
        }
        return part;
    }
}
