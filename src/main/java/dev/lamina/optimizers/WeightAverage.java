package dev.lamina.optimizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.OptionalInt;

/** The exponential moving average of the weights, see {@link OptimizerOptions#useEma}. */
final class WeightAverage {
    static final String SLOT = "average";

    private final OptimizerState state;
    private final double momentum;
    private final OptionalInt overwriteFrequency;

    WeightAverage(OptimizerState state, OptimizerOptions options) {
        this.state = state;
        this.momentum = options.emaMomentum();
        this.overwriteFrequency = options.emaOverwriteFrequency();
    }

    /** @param number the step's number from 1, a float32 scalar; the first step's weights are the first average */
    void update(List<Variable> weights, Tensor number) {
        Tensor notFirst = Ops.cast(Ops.greater(number, Ops.constant(1, number.dtype())), number.dtype());
        Tensor keep = Ops.multiply(notFirst, momentum);
        for (Variable weight : weights) {
            Tensor kept = Ops.cast(keep, weight.dtype());
            Variable average = state.slot(weight, SLOT);
            average.assign(Ops.add(Ops.multiply(average, kept), Ops.multiply(weight, Ops.subtract(1, kept))));
        }
        if (overwriteFrequency.isPresent()) {
            Tensor period = Ops.constant(overwriteFrequency.getAsInt(), number.dtype());
            Tensor now = Ops.equal(Ops.mod(number, period), Ops.constant(0, number.dtype()));
            for (Variable weight : weights) {
                weight.assign(Ops.where(now, state.slot(weight, SLOT), weight));
            }
        }
    }

    /** Replaces those weights that have been averaged. */
    void finish(List<Variable> weights) {
        for (Variable weight : weights) {
            if (state.knows(weight)) {
                weight.assign(state.slot(weight, SLOT));
            }
        }
    }
}
