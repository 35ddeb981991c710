package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each window, channel by channel, of volumes {@code (batch, depth, height, width, channels)}.
 * Padding never wins.
 */
public final class MaxPooling3D extends Pooling {
    /** Windows side by side of that size along each axis, no padding. */
    public MaxPooling3D(int poolSize) {
        this(of(poolSize));
    }

    private MaxPooling3D(PoolingBuilder<MaxPooling3D> builder) {
        super(builder, ReductionOp.Kind.MAX);
    }

    /** Windows side by side of that size (one number for all axes, or one for each), with more options to come. */
    public static PoolingBuilder<MaxPooling3D> of(int... poolSize) {
        return new PoolingBuilder<>(3, MaxPooling3D::new, poolSize);
    }

    static MaxPooling3D fromConfig(Map<String, ?> entries) {
        return PoolingBuilder.read(3, MaxPooling3D::new, entries);
    }
}
