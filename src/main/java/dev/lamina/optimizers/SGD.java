package dev.lamina.optimizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;

/**
 * Gradient descent: {@code w -= rate * g}; with momentum {@code v = momentum * v - rate * g, w += v}; with Nesterov's
 * {@code w += momentum * v - rate * g} (Sutskever et al., 2013).
 */
public final class SGD extends Optimizer {
    private final double momentum;
    private final boolean nesterov;

    /** Learning rate 0.01. */
    public SGD() {
        this(0.01);
    }

    public SGD(double learningRate) {
        this(learningRate, 0, false);
    }

    public SGD(double learningRate, double momentum, boolean nesterov) {
        super("sgd", learningRate);
        if (!(momentum >= 0 && momentum <= 1)) {
            throw new IllegalArgumentException("[sgd] expected a momentum from 0 to 1; received " + momentum + ".");
        }
        this.momentum = momentum;
        this.nesterov = nesterov;
    }

    @Override
    protected void update(Variable weight, Tensor gradient, Tensor stepSize) {
        Tensor step = Ops.multiply(gradient, Ops.cast(stepSize, weight.dtype()));
        if (momentum == 0) {
            weight.assign(Ops.subtract(weight, step));
            return;
        }
        Variable velocity = slot(weight, "momentum");
        Tensor moved = Ops.subtract(Ops.multiply(velocity, momentum), step);
        velocity.assign(moved);
        Tensor change = nesterov ? Ops.subtract(Ops.multiply(moved, momentum), step) : moved;
        weight.assign(Ops.add(weight, change));
    }
}
