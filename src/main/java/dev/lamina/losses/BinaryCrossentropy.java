package dev.lamina.losses;

import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/**
 * {@code -(t log p + (1 - t) log(1 - p))}, averaged over the last axis, for targets t of 0 or 1 (or between).
 * Probabilities are clipped to {@code [1e-7, 1 - 1e-7]}; logits x are computed with as {@code max(x, 0) - x t + log(1 +
 * exp(-|x|))}.
 */
public final class BinaryCrossentropy extends Loss {
    private final boolean fromLogits;
    private final double labelSmoothing;

    /** For probabilities. */
    public BinaryCrossentropy() {
        this(false, 0);
    }

    /** @param labelSmoothing moves targets towards one half: {@code t (1 - s) + s / 2} */
    public BinaryCrossentropy(boolean fromLogits, double labelSmoothing) {
        super("binary_crossentropy");
        this.fromLogits = fromLogits;
        this.labelSmoothing = Crossentropies.smoothing(name(), labelSmoothing);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor t = labelSmoothing == 0 ? target : Ops.add(Ops.multiply(target, 1 - labelSmoothing), labelSmoothing / 2);
        Tensor loss;
        if (fromLogits) {
            Tensor tail = Ops.log1p(Ops.exp(Ops.negate(Ops.abs(prediction))));
            loss = Ops.add(Ops.subtract(NN.relu(prediction), Ops.multiply(prediction, t)), tail);
        } else {
            Tensor p = Crossentropies.clip(prediction);
            Tensor positive = Ops.multiply(t, Ops.log(p));
            Tensor negative = Ops.multiply(Ops.subtract(1, t), Ops.log(Ops.subtract(1, p)));
            loss = Ops.negate(Ops.add(positive, negative));
        }
        return loss.shape().rank() == 0 ? loss : Ops.mean(loss, -1);
    }
}
