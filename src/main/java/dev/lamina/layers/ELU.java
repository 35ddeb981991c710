package dev.lamina.layers;

import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** {@code x > 0 ? x : alpha * (exp(x) - 1)} (Clevert et al., 2016). */
public final class ELU extends Layer {
    private final double alpha;

    /** With alpha 1. */
    public ELU() {
        this(1);
    }

    public ELU(double alpha) {
        this(alpha, LayerOptions.DEFAULT);
    }

    public ELU(double alpha, LayerOptions options) {
        super(options);
        this.alpha = alpha;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x) {
        return NN.elu(x, alpha);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("alpha", alpha);
        return config;
    }

    static ELU fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new ELU(config.number("alpha", 1), LayerOptions.fromConfig(config)));
    }
}
