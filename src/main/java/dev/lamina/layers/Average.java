package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** The mean of the inputs, broadcast, element by element; of integers in the compute type. */
public final class Average extends MergeLayer {
    public Average() {
        this(LayerOptions.DEFAULT);
    }

    public Average(LayerOptions options) {
        super(options);
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        Tensor sum = inputs.stream().reduce(Ops::add).orElseThrow();
        Tensor floating = sum.dtype().isFloating() ? sum : Ops.cast(sum, computeDType());
        return Ops.divide(floating, inputs.size());
    }

    static Average fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Average(LayerOptions.fromConfig(config)));
    }
}
