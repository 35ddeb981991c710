package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each window, channel by channel, of volumes {@code (batch, depth, height, width, channels)}. Padding is
 * not counted.
 */
public final class AveragePooling3D extends Pooling {
    /** Windows side by side of that size along each axis, no padding. */
    public AveragePooling3D(int poolSize) {
        this(of(poolSize));
    }

    private AveragePooling3D(PoolingBuilder<AveragePooling3D> builder) {
        super(builder, ReductionOp.Kind.MEAN);
    }

    /** Windows side by side of that size (one number for all axes, or one for each), with more options to come. */
    public static PoolingBuilder<AveragePooling3D> of(int... poolSize) {
        return new PoolingBuilder<>(3, AveragePooling3D::new, poolSize);
    }

    static AveragePooling3D fromConfig(Map<String, ?> entries) {
        return PoolingBuilder.read(3, AveragePooling3D::new, entries);
    }
}
