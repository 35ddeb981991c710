package dev.lamina.layers;

import java.util.Map;

/**
 * Convolution of volumes {@code (batch, depth, height, width, channels)} to {@code (batch, depth', height', width',
 * filters)}. Weights: kernel {@code (depth, height, width, channels / groups, filters)}, bias {@code (filters,)}.
 */
public final class Conv3D extends Conv {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public Conv3D(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    /** @param activation Keras's name, such as {@code "relu"} */
    public Conv3D(int filters, int kernelSize, String activation) {
        this(of(filters, kernelSize).activation(activation));
    }

    private Conv3D(ConvBuilder<Conv3D> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static ConvBuilder<Conv3D> of(int filters, int... kernelSize) {
        return new ConvBuilder<>(3, Conv3D::new, filters, kernelSize);
    }

    static Conv3D fromConfig(Map<String, ?> entries) {
        return ConvBuilder.read(3, Conv3D::new, entries);
    }
}
