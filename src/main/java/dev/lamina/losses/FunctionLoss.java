package dev.lamina.losses;

import dev.lamina.tensor.Tensor;
import java.util.function.BinaryOperator;

/** What a function gives for each sample. */
final class FunctionLoss extends Loss {
    private final BinaryOperator<Tensor> function;

    FunctionLoss(LossOptions options, BinaryOperator<Tensor> function) {
        super(options);
        this.function = function;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return function.apply(target, prediction);
    }
}
