package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.function.UnaryOperator;

/** An activation with a name; see {@link Activations}. */
public record ActivationFunction(String name, UnaryOperator<Tensor> function) {
    public Tensor apply(Tensor x) {
        return function.apply(x);
    }

    @Override
    public String toString() {
        return name;
    }
}
