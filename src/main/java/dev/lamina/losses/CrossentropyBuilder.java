package dev.lamina.losses;

import dev.lamina.config.Config;

/**
 * The options of the cross-entropies of one-hot and binary targets.
 *
 * @param <B> the builder itself
 * @param <L> the loss it makes
 */
public abstract class CrossentropyBuilder<B extends CrossentropyBuilder<B, L>, L extends Loss>
        extends LossBuilder<B, L> {
    private CrossentropyOptions crossentropy = CrossentropyOptions.DEFAULT;

    protected CrossentropyBuilder() {}

    /** Whether predictions are logits rather than probabilities. */
    public final B fromLogits(boolean fromLogits) {
        crossentropy = new CrossentropyOptions(fromLogits, crossentropy.labelSmoothing(), crossentropy.axis());
        return self();
    }

    /**
     * Moves targets towards an even distribution: {@code t (1 - s) + s / classes}, where binary targets have two
     * classes; 0 by default.
     */
    public final B labelSmoothing(double labelSmoothing) {
        crossentropy = new CrossentropyOptions(crossentropy.fromLogits(), labelSmoothing, crossentropy.axis());
        return self();
    }

    /** The axis of the classes, the last by default; that which is averaged over, where targets are binary. */
    public final B axis(int axis) {
        crossentropy = new CrossentropyOptions(crossentropy.fromLogits(), crossentropy.labelSmoothing(), axis);
        return self();
    }

    final CrossentropyOptions crossentropy() {
        return crossentropy;
    }

    final B fromCrossentropyConfig(Config config) {
        crossentropy = CrossentropyOptions.fromConfig(config);
        return fromBaseConfig(config);
    }
}
