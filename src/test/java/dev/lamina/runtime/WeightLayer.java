package dev.lamina.runtime;

import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.function.UnaryOperator;

/** Gives a function of its only weight. */
final class WeightLayer extends Layer {
    private final transient UnaryOperator<Tensor> function;
    private final HostArray values;
    private Variable weight;

    private WeightLayer(LayerOptions options, HostArray values, UnaryOperator<Tensor> function) {
        super(options);
        this.values = values;
        this.function = function;
    }

    /** What a function gives of such a weight in a layer of that policy. */
    static Tensor call(String policy, HostArray values, UnaryOperator<Tensor> function) {
        try (WeightLayer layer = new WeightLayer(LayerOptions.DEFAULT.withDType(policy), values, function)) {
            layer.buildFor(Shape.of(1));
            layer.weight.assign(values);
            return layer.apply(Ops.ones(1));
        }
    }

    @Override
    protected void build(Shape inputShape) {
        weight = addWeight("weight", values.shape(), "zeros");
    }

    @Override
    protected Tensor call(Tensor x) {
        return function.apply(weight);
    }
}
