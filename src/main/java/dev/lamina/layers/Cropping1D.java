package dev.lamina.layers;

import java.util.Map;

/** Cuts off elements at both ends of the spatial axes of {@code (batch, length, channels)}. */
public final class Cropping1D extends CroppingLayer {
    /** @param amount how much is cut off at both ends of the axis */
    public Cropping1D(int amount) {
        this(new int[] {amount, amount}, LayerOptions.DEFAULT);
    }

    /** @param before how much is cut off at the beginning */
    public Cropping1D(int before, int after) {
        this(new int[] {before, after}, LayerOptions.DEFAULT);
    }

    /** @param amounts how much is cut off: before and after the axis */
    public Cropping1D(int[] amounts, LayerOptions options) {
        super(options, checked(amounts));
    }

    private static int[] checked(int[] amounts) {
        if (amounts.length != 2) {
            throw new IllegalArgumentException(
                    "[Cropping1D] expected 2 amounts, two a spatial axis; received " + amounts.length + ".");
        }
        return amounts;
    }

    static Cropping1D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new Cropping1D(
                        Borders.fromConfig(config.only("data_format", "channels_last"), "cropping", 1, 1),
                        LayerOptions.fromConfig(config)));
    }
}
