package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * In training sets a fraction of the elements to the value that selu tends to for very negative inputs, and scales and
 * shifts all so that mean 0 and variance 1 stay what they are (Klambauer et al., 2017). In inference it does nothing.
 */
public final class AlphaDropout extends NoiseLayer {
    /** {@code -alpha * scale} of selu. */
    private static final double DROPPED = -1.6732632423543772 * 1.0507009873554805;

    private final double rate;
    private final Optional<Shape> noiseShape;

    /** @param rate the fraction to drop, from 0 (nothing) to 1 (all) */
    public AlphaDropout(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    public AlphaDropout(double rate, OptionalLong seed, LayerOptions options) {
        this(rate, Optional.empty(), seed, options);
    }

    /** @param noiseShape the shape of the choice, as of {@link Dropout} */
    public AlphaDropout(double rate, Shape noiseShape, OptionalLong seed, LayerOptions options) {
        this(rate, Optional.of(noiseShape), seed, options);
    }

    private AlphaDropout(double rate, Optional<Shape> noiseShape, OptionalLong seed, LayerOptions options) {
        super(rate > 0, seed, options);
        this.rate = rate(name(), rate);
        this.noiseShape = noiseShape;
    }

    @Override
    Tensor disturb(Tensor x, SeedGenerator generator) {
        if (rate == 1) {
            // The variance of a constant can't be kept at 1.
            return Ops.multiply(x, 0);
        }
        Shape shape = noiseShape.map(wanted -> Drop.noise(wanted, x.shape())).orElse(x.shape());
        Tensor kept = Drop.kept(shape, rate, x.dtype(), generator);
        double factor = 1 / Math.sqrt((1 - rate) * (1 + rate * DROPPED * DROPPED));
        Tensor chosen = Ops.where(kept, x, Ops.constant(DROPPED, x.dtype()));
        return Ops.add(Ops.multiply(chosen, factor), -factor * DROPPED * rate);
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

    static AlphaDropout fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new AlphaDropout(
                        config.number("rate"),
                        config.optional("noise_shape", config::shape),
                        config.whole("seed"),
                        LayerOptions.fromConfig(config)));
    }
}
