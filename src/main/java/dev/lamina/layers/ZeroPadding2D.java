package dev.lamina.layers;

import java.util.Map;

/** Adds zeros at both ends of the spatial axes of {@code (batch, height, width, channels)}. */
public final class ZeroPadding2D extends PaddingLayer {
    /** @param amount how many zeros are added at both ends of each spatial axis */
    public ZeroPadding2D(int amount) {
        this(new int[] {amount, amount, amount, amount}, LayerOptions.DEFAULT);
    }

    /** @param height how many zeros are added at both ends of that axis; the other axes likewise */
    public ZeroPadding2D(int height, int width) {
        this(new int[] {height, height, width, width}, LayerOptions.DEFAULT);
    }

    /**
     * @param amounts how many zeros are added: before and after the first spatial axis, before and after the next, and
     *     so on
     */
    public ZeroPadding2D(int[] amounts, LayerOptions options) {
        super(options, checked(amounts));
    }

    private static int[] checked(int[] amounts) {
        if (amounts.length != 4) {
            throw new IllegalArgumentException(
                    "[ZeroPadding2D] expected 4 amounts, two a spatial axis; received " + amounts.length + ".");
        }
        return amounts;
    }

    static ZeroPadding2D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new ZeroPadding2D(
                        Borders.fromConfig(config.only("data_format", "channels_last"), "padding", 2, 1),
                        LayerOptions.fromConfig(config)));
    }
}
