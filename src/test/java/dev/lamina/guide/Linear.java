package dev.lamina.guide;

import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerConfig;
import dev.lamina.layers.LayerOptions;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;

/** The guide's Linear: deferred weights, and a config. */
final class Linear extends Layer {
    private final int units;
    private Variable w;
    private Variable b;

    Linear(int units) {
        this(units, LayerOptions.DEFAULT);
    }

    Linear(int units, LayerOptions options) {
        super(options);
        this.units = units;
    }

    static Linear fromConfig(Map<String, ?> config) {
        return new Linear(new LayerConfig(config).integer("units"), LayerOptions.fromConfig(config));
    }

    @Override
    protected void build(Shape inputShape) {
        w = addWeight("w", Shape.of(inputShape.size(-1), units), "random_normal");
        b = addWeight("b", Shape.of(units), "zeros");
    }

    @Override
    protected Tensor call(Tensor inputs) {
        return Ops.add(Ops.matmul(inputs, w), b);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("units", units);
        return config;
    }
}
