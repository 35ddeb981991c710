package dev.lamina.layers;

import dev.lamina.ops.ShapeOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** Adds zeros at both ends of the spatial axes. */
public abstract class PaddingLayer extends Layer {
    private final Borders borders;

    PaddingLayer(LayerOptions options, int... amounts) {
        super(options);
        borders = Borders.of(name(), amounts);
    }

    @Override
    protected final InputSpec inputSpec() {
        return InputSpec.ofRank(borders.before().size() + 2);
    }

    @Override
    protected final Tensor call(Tensor x) {
        return Ops.apply(new ShapeOp.Pad(borders.all(borders.before()), borders.all(borders.after()), 0), x);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("padding", borders.toConfig());
        config.put("data_format", "channels_last");
        return config;
    }
}
