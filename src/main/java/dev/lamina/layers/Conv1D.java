package dev.lamina.layers;

import java.util.Map;

/**
 * Convolution of sequences {@code (batch, steps, channels)} to {@code (batch, steps', filters)}. With padding "causal"
 * no output sees later steps. Weights: kernel {@code (size, channels / groups, filters)}, bias {@code (filters,)}.
 */
public final class Conv1D extends Conv {
    /** Stride 1, no padding, the kernel of that size along each axis. */
    public Conv1D(int filters, int kernelSize) {
        this(of(filters, kernelSize));
    }

    /** @param activation Keras's name, such as {@code "relu"} */
    public Conv1D(int filters, int kernelSize, String activation) {
        this(of(filters, kernelSize).activation(activation));
    }

    private Conv1D(ConvBuilder<Conv1D> builder) {
        super(builder);
    }

    /**
     * A layer of so many filters with a kernel of that size (one number for all axes, or one for each), with more
     * options to come.
     */
    public static ConvBuilder<Conv1D> of(int filters, int... kernelSize) {
        return new ConvBuilder<>(1, Conv1D::new, filters, kernelSize);
    }

    static Conv1D fromConfig(Map<String, ?> entries) {
        return ConvBuilder.read(1, Conv1D::new, entries);
    }
}
