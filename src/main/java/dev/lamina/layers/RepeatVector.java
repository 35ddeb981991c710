package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** Repeats each sample: {@code (batch, features)} becomes {@code (batch, n, features)}. */
public final class RepeatVector extends Layer {
    private final int n;

    public RepeatVector(int n) {
        this(n, LayerOptions.DEFAULT);
    }

    public RepeatVector(int n, LayerOptions options) {
        super(options);
        if (n < 1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected to repeat at least once; received " + n + ".");
        }
        this.n = n;
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(2);
    }

    @Override
    protected Tensor call(Tensor x) {
        Shape shape = x.shape();
        return Ops.broadcastTo(Ops.expandDims(x, 1), Shape.of(shape.size(0), n, shape.size(1)));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("n", n);
        return config;
    }

    static RepeatVector fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new RepeatVector(config.integer("n"), LayerOptions.fromConfig(config)));
    }
}
