package dev.lamina.layers;

import java.util.Map;

/**
 * Convolution of images {@code (batch, height, width, channels)} to {@code (batch, height', width', filters)}. Weights:
 * kernel {@code (height, width, channels / groups, filters)}, bias {@code (filters,)}.
 */
public final class Conv2D extends Conv {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public Conv2D(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    /** @param activation Keras's name, such as {@code "relu"} */
    public Conv2D(int filters, int kernelSize, String activation) {
        this(of(filters, kernelSize).activation(activation));
    }

    private Conv2D(ConvBuilder<Conv2D> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static ConvBuilder<Conv2D> of(int filters, int... kernelSize) {
        return new ConvBuilder<>(2, Conv2D::new, filters, kernelSize);
    }

    static Conv2D fromConfig(Map<String, ?> entries) {
        return ConvBuilder.read(2, Conv2D::new, entries);
    }
}
