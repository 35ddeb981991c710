package dev.lamina.layers;

import java.util.Map;

/**
 * Transposed convolution of images {@code (batch, height, width, channels)}, also called deconvolution: what the
 * gradient of a convolution with respect to its input computes. The output {@code (batch, height', width', filters)} is
 * {@code stride} times as long, or a little longer. Weights: kernel {@code (height, width, filters, channels)}, bias
 * {@code (filters,)}.
 */
public final class Conv2DTranspose extends ConvTranspose {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public Conv2DTranspose(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    private Conv2DTranspose(ConvTransposeBuilder<Conv2DTranspose> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static ConvTransposeBuilder<Conv2DTranspose> of(int filters, int... kernelSize) {
        return new ConvTransposeBuilder<>(2, Conv2DTranspose::new, filters, kernelSize);
    }

    static Conv2DTranspose fromConfig(Map<String, ?> entries) {
        return ConvTransposeBuilder.read(2, Conv2DTranspose::new, entries);
    }
}
