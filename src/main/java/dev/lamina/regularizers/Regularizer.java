package dev.lamina.regularizers;

import dev.lamina.tensor.Tensor;
import java.util.Map;

/** A penalty on a weight or an output, added to the loss: a function from the tensor to a scalar. */
@FunctionalInterface
public interface Regularizer {
    Tensor apply(Tensor weight);

    /** The class and its arguments as Keras writes them; a lambda has none to give and can't be written to a file. */
    default Map<String, Object> config() {
        throw new IllegalStateException(
                "[regularizer] expected a regularizer with a config, to write it to a file; received "
                        + getClass().getName() + ". Override config().");
    }
}
