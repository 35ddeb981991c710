package dev.lamina.layers;

import java.util.Map;

/**
 * Convolution of each channel by itself, then of all channels at each place, of images {@code (batch, height, width,
 * channels)} to {@code (batch, height', width', filters)}. Weights: depthwise kernel {@code (height, width, channels,
 * depthMultiplier)}, pointwise kernel {@code (1, 1, channels * depthMultiplier, filters)}, bias {@code (filters,)}.
 */
public final class SeparableConv2D extends SeparableConv {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public SeparableConv2D(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    private SeparableConv2D(SeparableConvBuilder<SeparableConv2D> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static SeparableConvBuilder<SeparableConv2D> of(int filters, int... kernelSize) {
        return new SeparableConvBuilder<>(2, SeparableConv2D::new, filters, kernelSize);
    }

    static SeparableConv2D fromConfig(Map<String, ?> entries) {
        return SeparableConvBuilder.read(2, SeparableConv2D::new, entries);
    }
}
