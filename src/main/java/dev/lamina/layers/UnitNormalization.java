package dev.lamina.layers;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** Divides the inputs by their Euclidean length along some axes, the last by default: {@code x / max(|x|, 1e-12)}. */
public final class UnitNormalization extends Layer {
    private static final double EPSILON = 1e-12;

    private final Axes axes;

    /** @param axes no axes mean the last */
    public UnitNormalization(int... axes) {
        this(Axes.of(axes), LayerOptions.DEFAULT);
    }

    private UnitNormalization(Axes axes, LayerOptions options) {
        super(options);
        this.axes = axes;
    }

    /** {@code x / max(|x|, 1e-12)}; the bound lies inside the root, so that the gradient at 0 is finite. */
    static Tensor normalize(Tensor x, int... axes) {
        Tensor wide = Ops.cast(x, NormalizationOp.statistics(x.dtype()));
        Tensor square = Ops.reduce(ReductionOp.Kind.SUM, Ops.square(wide), true, axes);
        return Ops.cast(Ops.multiply(wide, Ops.rsqrt(Ops.maximum(square, EPSILON * EPSILON))), x.dtype());
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x) {
        return normalize(x, axes.sorted(x.shape()));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("axis", axes.toConfig());
        return config;
    }

    static UnitNormalization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new UnitNormalization(Axes.fromConfig(config), LayerOptions.fromConfig(config)));
    }
}
