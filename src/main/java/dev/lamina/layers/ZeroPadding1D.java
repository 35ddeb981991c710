package dev.lamina.layers;

import java.util.Map;

/** Adds zeros at both ends of the spatial axes of {@code (batch, length, channels)}. */
public final class ZeroPadding1D extends PaddingLayer {
    /** @param amount how many zeros are added at both ends of the axis */
    public ZeroPadding1D(int amount) {
        this(new int[] {amount, amount}, LayerOptions.DEFAULT);
    }

    /** @param before how many zeros are added at the beginning */
    public ZeroPadding1D(int before, int after) {
        this(new int[] {before, after}, LayerOptions.DEFAULT);
    }

    /** @param amounts how many zeros are added: before and after the axis */
    public ZeroPadding1D(int[] amounts, LayerOptions options) {
        super(options, checked(amounts));
    }

    private static int[] checked(int[] amounts) {
        if (amounts.length != 2) {
            throw new IllegalArgumentException(
                    "[ZeroPadding1D] expected 2 amounts, two a spatial axis; received " + amounts.length + ".");
        }
        return amounts;
    }

    static ZeroPadding1D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new ZeroPadding1D(
                        Borders.fromConfig(config.only("data_format", "channels_last"), "padding", 1, 1),
                        LayerOptions.fromConfig(config)));
    }
}
