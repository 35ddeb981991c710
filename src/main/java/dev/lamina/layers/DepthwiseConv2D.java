package dev.lamina.layers;

import java.util.Map;

/**
 * Convolution of each channel by itself, of images {@code (batch, height, width, channels)} to {@code (batch, height',
 * width', channels * depthMultiplier)}. Weights: kernel {@code (height, width, channels, depthMultiplier)}, bias
 * {@code (channels * depthMultiplier,)}.
 */
public final class DepthwiseConv2D extends DepthwiseConv {
    /** Stride 1, no padding, one output a channel, the kernel of that size along each axis. */
    public DepthwiseConv2D(int kernelSize) {
        this(of(kernelSize));
    }

    private DepthwiseConv2D(DepthwiseConvBuilder<DepthwiseConv2D> builder) {
        super(builder);
    }

    /** A layer with a kernel of that size (one number for all axes, or one for each), with more options to come. */
    public static DepthwiseConvBuilder<DepthwiseConv2D> of(int... kernelSize) {
        return new DepthwiseConvBuilder<>(2, DepthwiseConv2D::new, kernelSize);
    }

    static DepthwiseConv2D fromConfig(Map<String, ?> entries) {
        return DepthwiseConvBuilder.read(2, DepthwiseConv2D::new, entries);
    }
}
