package dev.lamina.layers;

import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A layer that is random in training and does nothing in inference. Its seed generator, which is state that is saved,
 * is made in build, and only if it is going to be used.
 */
public abstract class NoiseLayer extends Layer {
    private final boolean random;
    private final OptionalLong seed;
    private @Nullable SeedGenerator seedGenerator;

    /** @param random whether the layer does anything at all: false for a rate of 0 */
    NoiseLayer(boolean random, OptionalLong seed, LayerOptions options) {
        super(options);
        this.random = random;
        this.seed = seed;
    }

    /** A rate from 0 to 1. */
    static double rate(String layer, double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("[" + layer + "] expected a rate from 0 to 1; received " + rate + ".");
        }
        return rate;
    }

    @Override
    protected final void build(Shape inputShape) {
        if (random) {
            seedGenerator = seed.isPresent() ? new SeedGenerator(seed.getAsLong()) : new SeedGenerator();
        }
    }

    @Override
    protected final boolean supportsMasking() {
        return true;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected final Tensor call(Tensor x, CallContext context) {
        return context.training() && random ? disturb(x, Built.get(this, seedGenerator)) : x;
    }

    /** What becomes of the input in training. */
    abstract Tensor disturb(Tensor x, SeedGenerator generator);

    final OptionalLong seed() {
        return seed;
    }
}
