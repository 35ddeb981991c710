package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each window, channel by channel, of sequences {@code (batch, steps, channels)}. Padding is not counted.
 */
public final class AveragePooling1D extends Pooling {
    /** Windows side by side of that size along each axis, no padding. */
    public AveragePooling1D(int poolSize) {
        this(of(poolSize));
    }

    private AveragePooling1D(PoolingBuilder<AveragePooling1D> builder) {
        super(builder, ReductionOp.Kind.MEAN);
    }

    /** Windows side by side of that size (one number for all axes, or one for each), with more options to come. */
    public static PoolingBuilder<AveragePooling1D> of(int... poolSize) {
        return new PoolingBuilder<>(1, AveragePooling1D::new, poolSize);
    }

    static AveragePooling1D fromConfig(Map<String, ?> entries) {
        return PoolingBuilder.read(1, AveragePooling1D::new, entries);
    }
}
