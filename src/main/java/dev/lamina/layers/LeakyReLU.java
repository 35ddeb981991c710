package dev.lamina.layers;

import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** {@code x > 0 ? x : negativeSlope * x} (Maas et al., 2013). */
public final class LeakyReLU extends Layer {
    private final double negativeSlope;

    /** With slope 0.3. */
    public LeakyReLU() {
        this(0.3);
    }

    /** @param negativeSlope 0 or more */
    public LeakyReLU(double negativeSlope) {
        this(negativeSlope, LayerOptions.DEFAULT);
    }

    public LeakyReLU(double negativeSlope, LayerOptions options) {
        super(options);
        if (!(negativeSlope >= 0)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a negativeSlope of 0 or more; received " + negativeSlope + ".");
        }
        this.negativeSlope = negativeSlope;
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
        return NN.leakyRelu(x, negativeSlope);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("negative_slope", negativeSlope);
        return config;
    }

    /** Keras 2 said {@code alpha}. */
    static LeakyReLU fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new LeakyReLU(
                        config.number("negative_slope", config.number("alpha", 0.3)), LayerOptions.fromConfig(config)));
    }
}
