package dev.lamina.layers;

import java.util.Map;

/** Adds zeros at both ends of the spatial axes of {@code (batch, depth, height, width, channels)}. */
public final class ZeroPadding3D extends PaddingLayer {
    /** @param amount how many zeros are added at both ends of each spatial axis */
    public ZeroPadding3D(int amount) {
        this(new int[] {amount, amount, amount, amount, amount, amount}, LayerOptions.DEFAULT);
    }

    /** @param depth how many zeros are added at both ends of that axis; the other axes likewise */
    public ZeroPadding3D(int depth, int height, int width) {
        this(new int[] {depth, depth, height, height, width, width}, LayerOptions.DEFAULT);
    }

    /**
     * @param amounts how many zeros are added: before and after the first spatial axis, before and after the next, and
     *     so on
     */
    public ZeroPadding3D(int[] amounts, LayerOptions options) {
        super(options, checked(amounts));
    }

    private static int[] checked(int[] amounts) {
        if (amounts.length != 6) {
            throw new IllegalArgumentException(
                    "[ZeroPadding3D] expected 6 amounts, two a spatial axis; received " + amounts.length + ".");
        }
        return amounts;
    }

    static ZeroPadding3D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new ZeroPadding3D(
                        Borders.fromConfig(config.only("data_format", "channels_last"), "padding", 3, 1),
                        LayerOptions.fromConfig(config)));
    }
}
