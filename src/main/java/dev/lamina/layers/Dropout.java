package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * In training sets a fraction of the elements to 0, chosen anew at each call, and scales the others by {@code 1 / (1 -
 * rate)} (Srivastava et al., 2014). In inference it does nothing.
 */
public final class Dropout extends NoiseLayer {
    private final double rate;
    private final Optional<Shape> noiseShape;

    /** @param rate the fraction to drop, from 0 (nothing) to 1 (all) */
    public Dropout(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    /** @param seed makes the choice repeatable */
    public Dropout(double rate, long seed) {
        this(rate, OptionalLong.of(seed), LayerOptions.DEFAULT);
    }

    public Dropout(double rate, OptionalLong seed, LayerOptions options) {
        this(rate, Optional.empty(), seed, options);
    }

    /**
     * @param noiseShape the shape of the choice: along an axis of size 1 all elements share one; an unknown axis is as
     *     long as the input's
     */
    public Dropout(double rate, Shape noiseShape, OptionalLong seed, LayerOptions options) {
        this(rate, Optional.of(noiseShape), seed, options);
    }

    private Dropout(double rate, Optional<Shape> noiseShape, OptionalLong seed, LayerOptions options) {
        super(rate > 0, seed, options);
        this.rate = rate(name(), rate);
        this.noiseShape = noiseShape;
    }

    public double rate() {
        return rate;
    }

    @Override
    Tensor disturb(Tensor x, SeedGenerator generator) {
        return Drop.scaled(
                x, noiseShape.map(wanted -> Drop.noise(wanted, x.shape())).orElse(x.shape()), rate, generator);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "rate", rate,
                "seed", seed(),
                "noise_shape", noiseShape.map(LayerRegistry::shapeToConfig)));
        return config;
    }

    static Dropout fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new Dropout(
                        config.number("rate"),
                        config.optional("noise_shape", config::shape),
                        config.whole("seed"),
                        LayerOptions.fromConfig(config)));
    }
}
