package dev.lamina.layers;

import java.util.Map;

/**
 * Convolution of each channel by itself, then of all channels at each place, of sequences {@code (batch, steps,
 * channels)} to {@code (batch, steps', filters)}. Weights: depthwise kernel {@code (size, channels, depthMultiplier)},
 * pointwise kernel {@code (1, channels * depthMultiplier, filters)}, bias {@code (filters,)}.
 */
public final class SeparableConv1D extends SeparableConv {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public SeparableConv1D(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    private SeparableConv1D(SeparableConvBuilder<SeparableConv1D> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static SeparableConvBuilder<SeparableConv1D> of(int filters, int... kernelSize) {
        return new SeparableConvBuilder<>(1, SeparableConv1D::new, filters, kernelSize);
    }

    static SeparableConv1D fromConfig(Map<String, ?> entries) {
        return SeparableConvBuilder.read(1, SeparableConv1D::new, entries);
    }
}
