package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import java.util.Map;

/**
 * The largest element of each window, channel by channel, of images {@code (batch, height, width, channels)}. Padding
 * never wins.
 */
public final class MaxPooling2D extends Pooling {
    /** Windows side by side of that size along each axis, no padding. */
    public MaxPooling2D(int poolSize) {
        this(of(poolSize));
    }

    private MaxPooling2D(PoolingBuilder<MaxPooling2D> builder) {
        super(builder, ReductionOp.Kind.MAX);
    }

    /** Windows side by side of that size (one number for all axes, or one for each), with more options to come. */
    public static PoolingBuilder<MaxPooling2D> of(int... poolSize) {
        return new PoolingBuilder<>(2, MaxPooling2D::new, poolSize);
    }

    static MaxPooling2D fromConfig(Map<String, ?> entries) {
        return PoolingBuilder.read(2, MaxPooling2D::new, entries);
    }
}
