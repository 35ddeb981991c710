package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The smallest of the inputs, broadcast, element by element. */
public final class Minimum extends MergeLayer {
    public Minimum() {
        this(LayerOptions.DEFAULT);
    }

    public Minimum(LayerOptions options) {
        super(options);
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        return inputs.stream().reduce(Ops::minimum).orElseThrow();
    }

    /** Masked positions are passed over. */
    @Override
    Tensor merge(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        return fold(inputs, masks, Ops::minimum);
    }

    static Minimum fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Minimum(LayerOptions.fromConfig(config)));
    }
}
