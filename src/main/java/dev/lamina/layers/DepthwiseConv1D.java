package dev.lamina.layers;

import java.util.Map;

/**
 * Convolution of each channel by itself, of sequences {@code (batch, steps, channels)} to {@code (batch, steps',
 * channels * depthMultiplier)}. Weights: kernel {@code (size, channels, depthMultiplier)}, bias {@code (channels *
 * depthMultiplier,)}.
 */
public final class DepthwiseConv1D extends DepthwiseConv {
    /** Stride 1, no padding, one output a channel, the kernel of that size along each axis. */
    public DepthwiseConv1D(int kernelSize) {
        this(of(kernelSize));
    }

    private DepthwiseConv1D(DepthwiseConvBuilder<DepthwiseConv1D> builder) {
        super(builder);
    }

    /** A layer with a kernel of that size (one number for all axes, or one for each), with more options to come. */
    public static DepthwiseConvBuilder<DepthwiseConv1D> of(int... kernelSize) {
        return new DepthwiseConvBuilder<>(1, DepthwiseConv1D::new, kernelSize);
    }

    static DepthwiseConv1D fromConfig(Map<String, ?> entries) {
        return DepthwiseConvBuilder.read(1, DepthwiseConv1D::new, entries);
    }
}
