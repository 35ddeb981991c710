package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** The sum of the inputs, broadcast. */
public final class Add extends MergeLayer {
    public Add() {
        this(LayerOptions.DEFAULT);
    }

    public Add(LayerOptions options) {
        super(options);
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        return inputs.stream().reduce(Ops::add).orElseThrow();
    }

    static Add fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Add(LayerOptions.fromConfig(config)));
    }
}
