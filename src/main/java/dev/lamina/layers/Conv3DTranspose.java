package dev.lamina.layers;

import java.util.Map;

/**
 * Transposed convolution of volumes {@code (batch, depth, height, width, channels)}, also called deconvolution: what
 * the gradient of a convolution with respect to its input computes. The output {@code (batch, depth', height', width',
 * filters)} is {@code stride} times as long, or a little longer. Weights: kernel {@code (depth, height, width, filters,
 * channels)}, bias {@code (filters,)}.
 */
public final class Conv3DTranspose extends ConvTranspose {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public Conv3DTranspose(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    private Conv3DTranspose(ConvTransposeBuilder<Conv3DTranspose> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static ConvTransposeBuilder<Conv3DTranspose> of(int filters, int... kernelSize) {
        return new ConvTransposeBuilder<>(3, Conv3DTranspose::new, filters, kernelSize);
    }

    static Conv3DTranspose fromConfig(Map<String, ?> entries) {
        return ConvTransposeBuilder.read(3, Conv3DTranspose::new, entries);
    }
}
