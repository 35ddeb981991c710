package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** The product of the inputs, broadcast, element by element. */
public final class Multiply extends MergeLayer {
    public Multiply() {
        this(LayerOptions.DEFAULT);
    }

    public Multiply(LayerOptions options) {
        super(options);
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        return inputs.stream().reduce(Ops::multiply).orElseThrow();
    }

    static Multiply fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Multiply(LayerOptions.fromConfig(config)));
    }
}
