package dev.lamina.layers;

import java.util.Map;

/**
 * Transposed convolution of sequences {@code (batch, steps, channels)}, also called deconvolution: what the gradient of
 * a convolution with respect to its input computes. The output {@code (batch, steps', filters)} is {@code stride} times
 * as long, or a little longer. Weights: kernel {@code (size, filters, channels)}, bias {@code (filters,)}.
 */
public final class Conv1DTranspose extends ConvTranspose {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public Conv1DTranspose(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    private Conv1DTranspose(ConvTransposeBuilder<Conv1DTranspose> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static ConvTransposeBuilder<Conv1DTranspose> of(int filters, int... kernelSize) {
        return new ConvTransposeBuilder<>(1, Conv1DTranspose::new, filters, kernelSize);
    }

    static Conv1DTranspose fromConfig(Map<String, ?> entries) {
        return ConvTransposeBuilder.read(1, Conv1DTranspose::new, entries);
    }
}
