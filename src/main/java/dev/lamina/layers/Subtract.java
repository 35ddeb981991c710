package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The first of two inputs minus the second, broadcast. */
public final class Subtract extends MergeLayer {
    public Subtract() {
        this(LayerOptions.DEFAULT);
    }

    public Subtract(LayerOptions options) {
        super(options);
    }

    @Override
    IntStream counts() {
        return IntStream.of(2, 2);
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        return Ops.subtract(inputs.get(0), inputs.get(1));
    }

    static Subtract fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Subtract(LayerOptions.fromConfig(config)));
    }
}
