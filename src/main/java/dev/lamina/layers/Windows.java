package dev.lamina.layers;

import dev.lamina.ops.Window;
import java.util.List;
import java.util.Locale;

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

    static String name(Window.Padding padding) {
        return padding.name().toLowerCase(Locale.ROOT);
    }

    static List<Integer> pair(int first, int second) {
        return List.of(first, second);
    }
}
