package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Gives back what it is given. */
public final class Identity extends Layer {
    public Identity() {
        this(LayerOptions.DEFAULT);
    }

    public Identity(LayerOptions options) {
        super(options);
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
        return inputs;
    }

    static Identity fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Identity(LayerOptions.fromConfig(config)));
    }
}
