package dev.lamina.losses;

import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/**
 * {@code -sum(t log p)} over the classes, the last axis, for targets t given as one-hot rows (or as probabilities).
 * Predictions are probabilities, scaled to sum 1 and clipped to {@code [1e-7, 1 - 1e-7]}, or logits.
 */
public final class CategoricalCrossentropy extends Loss {
    private final boolean fromLogits;
    private final double labelSmoothing;

    /** For probabilities. */
    public CategoricalCrossentropy() {
        this(false, 0);
    }

    /** @param labelSmoothing moves targets towards the uniform distribution: {@code t (1 - s) + s / classes} */
    public CategoricalCrossentropy(boolean fromLogits, double labelSmoothing) {
        super("categorical_crossentropy");
        this.fromLogits = fromLogits;
        this.labelSmoothing = Crossentropies.smoothing(name(), labelSmoothing);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        int classes = prediction.shape().size(-1);
        Tensor t = labelSmoothing == 0
                ? target
                : Ops.add(Ops.multiply(target, 1 - labelSmoothing), labelSmoothing / classes);
        return fromLogits
                ? NN.crossEntropy(prediction, t)
                : Ops.negate(Ops.sum(Ops.multiply(t, Crossentropies.logOfRows(prediction)), -1));
    }
}
