package dev.lamina.layers;

import java.util.Map;

/** Cuts off elements at both ends of the spatial axes of {@code (batch, height, width, channels)}. */
public final class Cropping2D extends CroppingLayer {
    /** @param amount how much is cut off at both ends of each spatial axis */
    public Cropping2D(int amount) {
        this(new int[] {amount, amount, amount, amount}, LayerOptions.DEFAULT);
    }

    /** @param height how much is cut off at both ends of that axis; the other axes likewise */
    public Cropping2D(int height, int width) {
        this(new int[] {height, height, width, width}, LayerOptions.DEFAULT);
    }

    /**
     * @param amounts how much is cut off: before and after the first spatial axis, before and after the next, and so on
     */
    public Cropping2D(int[] amounts, LayerOptions options) {
        super(options, checked(amounts));
    }

    private static int[] checked(int[] amounts) {
        if (amounts.length != 4) {
            throw new IllegalArgumentException(
                    "[Cropping2D] expected 4 amounts, two a spatial axis; received " + amounts.length + ".");
        }
        return amounts;
    }

    static Cropping2D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new Cropping2D(
                        Borders.fromConfig(config.only("data_format", "channels_last"), "cropping", 2, 0),
                        LayerOptions.fromConfig(config)));
    }
}
