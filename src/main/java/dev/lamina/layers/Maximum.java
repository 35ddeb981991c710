package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The largest of the inputs, broadcast, element by element. */
public final class Maximum extends MergeLayer {
    public Maximum() {
        this(LayerOptions.DEFAULT);
    }

    public Maximum(LayerOptions options) {
        super(options);
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        return inputs.stream().reduce(Ops::maximum).orElseThrow();
    }

    /** Masked positions are passed over. */
    @Override
    Tensor merge(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        return fold(inputs, masks, Ops::maximum);
    }

    static Maximum fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Maximum(LayerOptions.fromConfig(config)));
    }
}
