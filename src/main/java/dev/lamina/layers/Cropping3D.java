package dev.lamina.layers;

import java.util.Map;

/** Cuts off elements at both ends of the spatial axes of {@code (batch, depth, height, width, channels)}. */
public final class Cropping3D extends CroppingLayer {
    /** @param amount how much is cut off at both ends of each spatial axis */
    public Cropping3D(int amount) {
        this(new int[] {amount, amount, amount, amount, amount, amount}, LayerOptions.DEFAULT);
    }

    /** @param depth how much is cut off at both ends of that axis; the other axes likewise */
    public Cropping3D(int depth, int height, int width) {
        this(new int[] {depth, depth, height, height, width, width}, LayerOptions.DEFAULT);
    }

    /**
     * @param amounts how much is cut off: before and after the first spatial axis, before and after the next, and so on
     */
    public Cropping3D(int[] amounts, LayerOptions options) {
        super(options, checked(amounts));
    }

    private static int[] checked(int[] amounts) {
        if (amounts.length != 6) {
            throw new IllegalArgumentException(
                    "[Cropping3D] expected 6 amounts, two a spatial axis; received " + amounts.length + ".");
        }
        return amounts;
    }

    static Cropping3D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new Cropping3D(
                        Borders.fromConfig(config.only("data_format", "channels_last"), "cropping", 3, 1),
                        LayerOptions.fromConfig(config)));
    }
}
