package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.ops.Window;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** The arguments of layers that slide a window over images. */
final class Windows {
    private Windows() {}

    /** One number for all axes, or one for each. */
    static int[] each(String what, int rank, int... values) {
        if (values.length != 1 && values.length != rank) {
            throw new ShapeException("[window] expected " + what + " for " + rank + " axes, or one for all; received "
                    + Arrays.toString(values) + ".");
        }
        return Arrays.copyOf(values.length == rank ? values : filled(rank, values[0]), rank);
    }

    private static int[] filled(int rank, int value) {
        int[] all = new int[rank];
        Arrays.fill(all, value);
        return all;
    }

    /** A window with Keras's padding: {@code "valid"}, {@code "same"}, and for one axis {@code "causal"}. */
    static Window padded(String layer, Window window, String padding, boolean mayBeCausal) {
        boolean causal = mayBeCausal && padding.equals("causal");
        if (!causal && !padding.equals("valid") && !padding.equals("same")) {
            throw new IllegalArgumentException("[" + layer + "] expected padding \"valid\""
                    + (mayBeCausal ? ", \"same\" or \"causal\"" : " or \"same\"") + "; received \"" + padding + "\".");
        }
        return window.padding(
                causal
                        ? new Window.Fixed(window.axes().get(0).extent() - 1, 0)
                        : padding.equals("same") ? Window.Padding.SAME : Window.Padding.VALID);
    }

    static List<Integer> list(Shape sizes) {
        return list(sizes.sizes());
    }

    static List<Integer> list(int... sizes) {
        return Arrays.stream(sizes).boxed().toList();
    }
}
