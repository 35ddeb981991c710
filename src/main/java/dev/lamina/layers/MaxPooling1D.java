package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each window, channel by channel, of sequences {@code (batch, steps, channels)}. Padding never
 * wins.
 */
public final class MaxPooling1D extends Pooling {
    /** Windows side by side of that size along each axis, no padding. */
    public MaxPooling1D(int poolSize) {
        this(of(poolSize));
    }

    private MaxPooling1D(PoolingBuilder<MaxPooling1D> builder) {
        super(builder, ReductionOp.Kind.MAX);
    }

    /** Windows side by side of that size (one number for all axes, or one for each), with more options to come. */
    public static PoolingBuilder<MaxPooling1D> of(int... poolSize) {
        return new PoolingBuilder<>(1, MaxPooling1D::new, poolSize);
    }

    static MaxPooling1D fromConfig(Map<String, ?> entries) {
        return PoolingBuilder.read(1, MaxPooling1D::new, entries);
    }
}
