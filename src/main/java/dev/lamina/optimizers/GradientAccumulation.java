package dev.lamina.optimizers;

import dev.lamina.ops.UnaryOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * Gathers the gradients of several steps for one update. The same ops run at every step, so that a compiled step never
 * branches: between updates everything that the update wrote is put back.
 */
final class GradientAccumulation {
    static final String SLOT = "gradient_accumulator";

    /** An update of the weights by gradients. */
    interface Update {
        void apply(List<Tensor> gradients);
    }

    private final OptimizerState state;
    private final int steps;

    GradientAccumulation(OptimizerState state, int steps) {
        this.state = state;
        this.steps = steps;
    }

    /**
     * One step.
     *
     * @param iterations how many steps there were before, an integer scalar
     * @param written what else than the weights the update writes
     */
    void step(
            List<Tensor> gradients, List<Variable> weights, Tensor iterations, List<Variable> written, Update update) {
        Tensor count = Ops.add(iterations, 1);
        Tensor due = Ops.equal(Ops.mod(count, Ops.constant(steps, count.dtype())), Ops.constant(0, count.dtype()));
        List<Tensor> sums = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            sums.add(Ops.add(gradients.get(i), state.slot(weights.get(i), SLOT)));
        }
        List<Variable> guarded = new ArrayList<>(weights);
        guarded.addAll(written);
        List<Tensor> before = guarded.stream()
                .map(variable -> Ops.apply(UnaryOp.IDENTITY, variable))
                .toList();
        update.apply(sums.stream().map(sum -> Ops.divide(sum, steps)).toList());
        for (int i = 0; i < guarded.size(); i++) {
            Variable variable = guarded.get(i);
            variable.assign(Ops.where(due, variable, before.get(i)));
        }
        for (int i = 0; i < weights.size(); i++) {
            Tensor sum = sums.get(i);
            state.slot(weights.get(i), SLOT).assign(Ops.where(due, Ops.constant(0, sum.dtype()), sum));
        }
    }
}
