package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;

/** Drops whole channels, the last axis of inputs of a given rank: one choice for all places of a sample's channel. */
public abstract class SpatialDropout extends NoiseLayer {
    private final int rank;
    private final double rate;

    SpatialDropout(int rank, double rate, OptionalLong seed, LayerOptions options) {
        super(rate > 0, seed, options);
        this.rank = rank;
        this.rate = rate(name(), rate);
    }

    @Override
    protected final InputSpec inputSpec() {
        return InputSpec.ofRank(rank);
    }

    @Override
    final Tensor disturb(Tensor x, SeedGenerator generator) {
        int[] noise = new int[rank];
        Arrays.fill(noise, 1);
        noise[0] = x.shape().size(0);
        noise[rank - 1] = x.shape().size(-1);
        return Drop.scaled(x, Shape.of(noise), rate, generator);
    }

    /** Keras's one for time has no data_format. */
    @Override
    public final Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries("rate", rate, "seed", seed()));
        if (rank > 3) {
            config.put("data_format", "channels_last");
        }
        return config;
    }
}
