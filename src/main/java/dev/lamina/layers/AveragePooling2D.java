package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The mean of each window, channel by channel, of images {@code (batch, height, width, channels)}. Padding is not
 * counted.
 */
public final class AveragePooling2D extends Pooling {
    /** Windows side by side of that size along each axis, no padding. */
    public AveragePooling2D(int poolSize) {
        this(of(poolSize));
    }

    private AveragePooling2D(PoolingBuilder<AveragePooling2D> builder) {
        super(builder, ReductionOp.Kind.MEAN);
    }

    /** Windows side by side of that size (one number for all axes, or one for each), with more options to come. */
    public static PoolingBuilder<AveragePooling2D> of(int... poolSize) {
        return new PoolingBuilder<>(2, AveragePooling2D::new, poolSize);
    }

    static AveragePooling2D fromConfig(Map<String, ?> entries) {
        return PoolingBuilder.read(2, AveragePooling2D::new, entries);
    }
}
