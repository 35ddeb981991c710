package dev.lamina.losses;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** The mean over the last axis of {@code (target - prediction)^2}. */
public final class MeanSquaredError extends Loss {
    public MeanSquaredError() {
        this(LossOptions.DEFAULT);
    }

    public MeanSquaredError(LossOptions options) {
        super(options.withDefaultName("mean_squared_error"));
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor squares = Ops.square(Ops.subtract(prediction, target));
        return squares.shape().rank() == 0 ? squares : Ops.mean(squares, -1);
    }
}
