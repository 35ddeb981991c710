package dev.lamina.optimizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;

/** The running means of the gradient and of its square that Adam and its kin keep. */
final class Moments {
    static final String FIRST = "momentum";
    static final String SECOND = "velocity";

    private Moments() {}

    /** {@code mean += (value - mean) * (1 - beta)}; gives the new mean. */
    static Tensor update(Variable mean, Tensor value, double beta) {
        Tensor next = Ops.add(mean, Ops.multiply(Ops.subtract(value, mean), 1 - beta));
        mean.assign(next);
        return next;
    }

    /** {@code rate * sqrt(1 - beta2^t) / (1 - beta1^t)}: Adam's rate, corrected for the means' start at 0. */
    static Tensor correctedRate(Tensor rate, double beta1, double beta2, Tensor step) {
        Tensor first = Ops.subtract(1, Optimizer.power(beta1, step));
        Tensor second = Ops.subtract(1, Optimizer.power(beta2, step));
        return Ops.divide(Ops.multiply(rate, Ops.sqrt(second)), first);
    }

    /** {@code w -= m * rate / (sqrt(v) + epsilon)}. */
    static void descend(Variable weight, Tensor m, Tensor v, Tensor rate, double epsilon) {
        Tensor step = Ops.multiply(m, Ops.cast(rate, weight.dtype()));
        weight.assign(Ops.subtract(weight, Ops.divide(step, Ops.add(Ops.sqrt(v), epsilon))));
    }
}
