package dev.lamina.optimizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;

/**
 * RMSprop (Hinton, 2012), as Keras computes it: {@code v = rho * v + (1 - rho) * g^2}, {@code w -= rate * g / sqrt(v +
 * epsilon)}. Centered, the square of the gradient's running mean is subtracted from {@code v} under the root. With
 * momentum the step is {@code b = momentum * b + rate * g / sqrt(...)}, {@code w -= b}.
 */
public final class RMSprop extends Optimizer {
    private final double rho;
    private final double momentum;
    private final double epsilon;
    private final boolean centered;

    /** Learning rate 0.001. */
    public RMSprop() {
        this(0.001);
    }

    public RMSprop(double learningRate) {
        this(learningRate, 0.9, 0, 1e-7, false);
    }

    public RMSprop(double learningRate, double rho, double momentum, double epsilon, boolean centered) {
        super("rmsprop", learningRate);
        if (!(rho >= 0 && rho <= 1) || !(momentum >= 0 && momentum <= 1)) {
            throw new IllegalArgumentException(
                    "[rmsprop] expected rho and momentum from 0 to 1; received " + rho + " and " + momentum + ".");
        }
        this.rho = rho;
        this.momentum = momentum;
        this.epsilon = epsilon;
        this.centered = centered;
    }

    @Override
    protected void update(Variable weight, Tensor gradient, Tensor stepSize) {
        Variable velocity = slot(weight, "velocity");
        velocity.assign(running(velocity, Ops.square(gradient)));
        Tensor spread = Ops.add(velocity, epsilon);
        if (centered) {
            Variable average = slot(weight, "average_gradient");
            average.assign(running(average, gradient));
            spread = Ops.add(Ops.subtract(velocity, Ops.square(average)), epsilon);
        }
        Tensor step = Ops.divide(Ops.multiply(gradient, Ops.cast(stepSize, weight.dtype())), Ops.sqrt(spread));
        if (momentum > 0) {
            Variable moved = slot(weight, "momentum");
            moved.assign(Ops.add(Ops.multiply(moved, momentum), step));
            step = moved;
        }
        weight.assign(Ops.subtract(weight, step));
    }

    private Tensor running(Variable mean, Tensor value) {
        return Ops.add(Ops.multiply(mean, rho), Ops.multiply(value, 1 - rho));
    }
}
