package dev.lamina.layers;

import dev.lamina.ops.Window;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** The arguments of layers that slide a window over images. */
final class Windows {
    private Windows() {}

    /** Keras's {@code "valid"} or {@code "same"}. */
    static Window.Padding padding(String layer, String name) {
        return switch (name) {
            case "valid" -> Window.Padding.VALID;
            case "same" -> Window.Padding.SAME;
            default ->
                throw new IllegalArgumentException(
                        "[" + layer + "] expected padding \"valid\" or \"same\"; received \"" + name + "\".");
        };
    }

    static String name(Window window) {
        return window.axes().get(0).padding() instanceof Window.Same ? "same" : "valid";
    }

    static List<Integer> list(Shape sizes) {
        return Arrays.stream(sizes.sizes()).boxed().toList();
    }
}
