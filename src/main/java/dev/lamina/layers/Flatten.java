package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** {@code (batch, a, b, ...)} becomes {@code (batch, a * b * ...)}; {@code (batch,)} becomes {@code (batch, 1)}. */
public final class Flatten extends Layer {
    public Flatten() {
        this(LayerOptions.DEFAULT);
    }

    public Flatten(LayerOptions options) {
        super(options);
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofMinRank(1);
    }

    @Override
    protected Tensor call(Tensor x) {
        Shape inner = x.shape().slice(1, x.shape().rank());
        int size = inner.isFullyKnown() ? Math.toIntExact(inner.elements()) : Shape.UNKNOWN;
        return Ops.reshape(x, x.shape().size(0), size);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("data_format", "channels_last");
        return config;
    }

    static Flatten fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new Flatten(LayerOptions.fromConfig(config.only("data_format", "channels_last"))));
    }
}
