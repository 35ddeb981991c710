package dev.lamina.constraints;

import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * A projection that a weight goes through after each update: a function from the weight to a tensor of the same shape
 * and type. Like an initializer, one of your own is a lambda, or a class with a config.
 */
@FunctionalInterface
public interface Constraint {
    Tensor apply(Tensor weight);

    /** The class and its arguments as Keras writes them; a lambda has none to give and can't be written to a file. */
    default Map<String, Object> config() {
        throw new IllegalStateException(
                "[constraint] expected a constraint with a config, to write it to a file; received "
                        + getClass().getName() + ". Override config().");
    }
}
