package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * Masks the steps of {@code (batch, time, ..., features)} all of whose features equal a value: they become 0, and the
 * layers behind are told by the mask {@code (batch, time, ...)}.
 */
public final class Masking extends Layer {
    private final double maskValue;

    /** Masks steps of zeros. */
    public Masking() {
        this(0);
    }

    public Masking(double maskValue) {
        this(maskValue, LayerOptions.DEFAULT);
    }

    public Masking(double maskValue, LayerOptions options) {
        super(options);
        this.maskValue = maskValue;
    }

    @Override
    protected Optional<Tensor> computeMask(Tensor input, Optional<Tensor> mask) {
        return Optional.of(counts(input, false));
    }

    @Override
    protected Tensor call(Tensor x) {
        return Ops.where(counts(x, true), x, 0);
    }

    private Tensor counts(Tensor x, boolean keepAxis) {
        Tensor values = x.dtype().isFloating() ? x : Ops.cast(x, DType.FLOAT32);
        Tensor differs = Ops.notEqual(values, Ops.constant(maskValue, values.dtype()));
        return Ops.reduce(ReductionOp.Kind.MAX, differs, keepAxis, -1);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("mask_value", maskValue);
        return config;
    }

    static Masking fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new Masking(config.number("mask_value", 0), LayerOptions.fromConfig(config)));
    }
}
