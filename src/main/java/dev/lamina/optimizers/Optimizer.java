package dev.lamina.optimizers;

import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes weights by their gradients. Step count, learning rate and slots (one variable a weight and purpose) live on
 * the device. One of your own overrides {@link #update}.
 */
public abstract class Optimizer implements AutoCloseable {
    private final String name;
    private final Variable iterations;
    private final Variable learningRate;
    private final Map<Variable, Map<String, Variable>> slots = new IdentityHashMap<>();
    private final List<Variable> slotOrder = new ArrayList<>();

    protected Optimizer(String name, double learningRate) {
        if (!(learningRate >= 0) || Double.isInfinite(learningRate)) {
            throw new IllegalArgumentException(
                    "[" + name + "] expected a learning rate of at least 0; received " + learningRate + ".");
        }
        this.name = name;
        this.iterations = Variables.create(name + "/iterations", HostArray.zeros(Shape.scalar(), DType.INT64), false);
        this.learningRate = Variables.create(name + "/learning_rate", scalar(learningRate), false);
    }

    private static HostArray scalar(double value) {
        return HostArray.zeros(Shape.scalar(), DType.FLOAT32).fill(i -> value);
    }

    public final String name() {
        return name;
    }

    /** How far to go in this step, a float32 scalar computed once for all weights; by default the learning rate. */
    protected Tensor stepSize(Tensor rate) {
        return rate;
    }

    /**
     * Changes one weight.
     *
     * @param stepSize what {@link #stepSize} gave
     */
    protected abstract void update(Variable weight, Tensor gradient, Tensor stepSize);

    /**
     * Changes the weights by their gradients, given in the same order, puts those with a constraint through it, and
     * counts one step.
     */
    public final void apply(List<Tensor> gradients, List<Variable> weights) {
        if (gradients.size() != weights.size()) {
            throw new IllegalArgumentException("[" + name + "] expected a gradient for each weight; received "
                    + gradients.size() + " gradients and " + weights.size() + " weights.");
        }
        Tensor size = stepSize(learningRate);
        for (int i = 0; i < weights.size(); i++) {
            Variable weight = weights.get(i);
            update(weight, gradients.get(i), size);
            weight.constraint().ifPresent(constraint -> weight.assign(constraint.apply(weight)));
        }
        iterations.assignAdd(Ops.constant(1, DType.INT64));
    }

    /** The number of this step, counted from 1, as a float32 scalar. */
    protected final Tensor step() {
        return Ops.cast(Ops.add(iterations, 1), DType.FLOAT32);
    }

    /** A slot of the weight's shape and type; made of zeros at its first use. */
    protected final Variable slot(Variable weight, String purpose) {
        return slots.computeIfAbsent(weight, w -> new LinkedHashMap<>()).computeIfAbsent(purpose, p -> {
            Variable slot = Execution.eagerly(() -> Variables.create(
                    name + "/" + weight.name().replace('/', '_') + "_" + p,
                    HostArray.zeros(weight.shape(), weight.dtype()),
                    false));
            slotOrder.add(slot);
            return slot;
        });
    }

    /** The number of steps taken; waits for the device. */
    public final long iterations() {
        return iterations.toHost().getLong(0);
    }

    public final double learningRate() {
        return learningRate.item();
    }

    /** Takes effect at the next step, compiled ones included. */
    public final void setLearningRate(double rate) {
        learningRate.assign(scalar(rate));
    }

    /** Step count, learning rate, then the slots in the order they were made. */
    public final List<Variable> variables() {
        List<Variable> all = new ArrayList<>(List.of(iterations, learningRate));
        all.addAll(slotOrder);
        return all;
    }

    /** Frees the state. Closing twice does nothing. */
    @Override
    public final void close() {
        variables().forEach(Variable::close);
    }
}
