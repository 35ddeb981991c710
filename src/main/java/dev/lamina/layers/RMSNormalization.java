package dev.lamina.layers;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Divides by the root of the mean square over some axes, the last by default (Zhang and Sennrich, 2019): {@code x /
 * sqrt(mean(x^2) + epsilon) * scale}. Weight: scale, of the shape of these axes. Computed in float32 or float64.
 */
public final class RMSNormalization extends Layer {
    private final Axes axes;
    private final double epsilon;
    private @Nullable Variable scale;

    /** @param axes no axes mean the last; epsilon is 1e-6 */
    public RMSNormalization(int... axes) {
        this(Axes.of(axes), 1e-6, LayerOptions.DEFAULT);
    }

    public RMSNormalization(int axis, double epsilon, LayerOptions options) {
        this(Axes.of(axis), epsilon, options);
    }

    private RMSNormalization(Axes axes, double epsilon, LayerOptions options) {
        super(options);
        this.axes = axes;
        this.epsilon = epsilon;
    }

    @Override
    protected void build(Shape inputShape) {
        scale = addWeight("scale", axes.sizes(inputShape), "ones");
    }

    /** Whole numbers are taken as they are, too: 16 bits don't hold all of them. */
    @Override
    protected Tensor call(Tensor input) {
        int[] over = axes.sorted(input.shape());
        Tensor x = Ops.cast(input, NormalizationOp.statistics(computeDType()));
        Tensor square = Ops.reduce(ReductionOp.Kind.MEAN, Ops.square(x), true, over);
        int[] sizes = IntStream.generate(() -> 1).limit(x.shape().rank()).toArray();
        for (int axis : over) {
            sizes[axis] = x.shape().size(axis);
        }
        Tensor factors = Ops.cast(Built.get(this, scale), computeDType());
        Tensor factor = Ops.reshape(Ops.cast(factors, x.dtype()), sizes);
        Tensor y = Ops.multiply(Ops.multiply(x, Ops.rsqrt(Ops.add(square, epsilon))), factor);
        return Ops.cast(y, computeDType());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("axis", isBuilt() ? axes.list() : axes.toConfig());
        config.put("epsilon", epsilon);
        return config;
    }

    static RMSNormalization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new RMSNormalization(
                        Axes.fromConfig(config), config.number("epsilon", 1e-6), LayerOptions.fromConfig(config)));
    }
}
