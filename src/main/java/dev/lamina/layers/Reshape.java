package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/** Gives each sample another shape of as many elements; the batch axis stays. */
public final class Reshape extends Layer {
    private final Shape target;

    /** @param target the sizes without the batch axis; one may be -1, which is then worked out */
    public Reshape(int... target) {
        this(Shape.of(target), LayerOptions.DEFAULT);
    }

    public Reshape(Shape target, LayerOptions options) {
        super(options);
        this.target = target;
    }

    @Override
    protected Tensor call(Tensor x) {
        Shape inner = x.shape().slice(1, x.shape().rank());
        Shape known = target;
        if (inner.isFullyKnown()) {
            // Worked out from one sample, so that the batch axis may stay unknown.
            known = Ops.apply(
                            new dev.lamina.ops.ShapeOp.Reshape(target),
                            new dev.lamina.tensor.SymbolicTensor(
                                    name(), new dev.lamina.tensor.TensorSpec(inner, x.dtype())))
                    .shape();
        }
        return Ops.reshape(x, known.prepend(x.shape().size(0)).sizes());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("target_shape", Arrays.stream(target.sizes()).boxed().toList());
        return config;
    }

    static Reshape fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new Reshape(Shape.of(config.integers("target_shape")), LayerOptions.fromConfig(config)));
    }
}
