package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * Enlarges images {@code (batch, height, width, channels)} by whole factors: {@code "nearest"} repeats each pixel,
 * {@code "bilinear"} interpolates between pixel centers, at {@code (i + 0.5) / factor - 0.5}.
 */
public final class UpSampling2D extends UpSamplingLayer {
    private final String interpolation;

    /** Twice each pixel along both axes. */
    public UpSampling2D() {
        this(2, 2);
    }

    public UpSampling2D(int height, int width) {
        this(height, width, "nearest", LayerOptions.DEFAULT);
    }

    public UpSampling2D(int height, int width, String interpolation, LayerOptions options) {
        super(options, height, width);
        if (!interpolation.equals("nearest") && !interpolation.equals("bilinear")) {
            throw new IllegalArgumentException("[" + name()
                    + "] expected interpolation \"nearest\" or \"bilinear\"; received \"" + interpolation + "\".");
        }
        this.interpolation = interpolation;
    }

    @Override
    protected Tensor call(Tensor x) {
        return interpolation.equals("nearest") ? nearest(x) : linear(x);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("interpolation", interpolation);
        return config;
    }

    static UpSampling2D fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            int[] size = config.only("data_format", "channels_last")
                    .only("interpolation", "nearest", "bilinear")
                    .sizes("size", 2, 2, 2);
            return new UpSampling2D(
                    size[0], size[1], config.text("interpolation", "nearest"), LayerOptions.fromConfig(config));
        });
    }
}
