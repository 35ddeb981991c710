package dev.lamina.optimizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;

/**
 * Adam (Kingma and Ba, 2014), as Keras computes it: {@code m += (g - m)(1 - beta1)}, {@code v += (g^2 - v)(1 - beta2)},
 * {@code w -= m * rate * sqrt(1 - beta2^t) / (1 - beta1^t) / (sqrt(v) + epsilon)}.
 */
public final class Adam extends Optimizer {
    private final double beta1;
    private final double beta2;
    private final double epsilon;

    /** Learning rate 0.001. */
    public Adam() {
        this(0.001);
    }

    public Adam(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-7);
    }

    public Adam(double learningRate, double beta1, double beta2, double epsilon) {
        super("adam", learningRate);
        if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) {
            throw new IllegalArgumentException(
                    "[adam] expected betas from 0 to below 1; received " + beta1 + " and " + beta2 + ".");
        }
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
    }

    @Override
    protected Tensor stepSize(Tensor rate) {
        Tensor step = step();
        Tensor first = Ops.subtract(1, Ops.power(Ops.constant(beta1, DType.FLOAT32), step));
        Tensor second = Ops.subtract(1, Ops.power(Ops.constant(beta2, DType.FLOAT32), step));
        return Ops.divide(Ops.multiply(rate, Ops.sqrt(second)), first);
    }

    @Override
    protected void update(Variable weight, Tensor gradient, Tensor stepSize) {
        Tensor factor = Ops.cast(stepSize, weight.dtype());
        Variable m = slot(weight, "momentum");
        Variable v = slot(weight, "velocity");
        m.assign(Ops.add(m, Ops.multiply(Ops.subtract(gradient, m), 1 - beta1)));
        v.assign(Ops.add(v, Ops.multiply(Ops.subtract(Ops.square(gradient), v), 1 - beta2)));
        Tensor change = Ops.divide(Ops.multiply(m, factor), Ops.add(Ops.sqrt(v), epsilon));
        weight.assign(Ops.subtract(weight, change));
    }
}
