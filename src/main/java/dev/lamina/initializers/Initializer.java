package dev.lamina.initializers;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Map;

/** Makes the starting values of a weight. One of your own is a lambda {@code (shape, dtype) -> HostArray}. */
@FunctionalInterface
public interface Initializer {
    HostArray apply(Shape shape, DType dtype);

    /** Whether each use takes a fresh seed from {@link dev.lamina.runtime.SeedGenerator}. */
    default boolean takesSeed() {
        return false;
    }

    /** The class and its arguments as Keras writes them; a lambda has none to give and can't be written to a file. */
    default Map<String, Object> config() {
        throw new IllegalStateException(
                "[initializer] expected an initializer with a config, to write it to a file; received "
                        + getClass().getName() + ". Override config().");
    }
}
