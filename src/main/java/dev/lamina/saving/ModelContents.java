package dev.lamina.saving;

import dev.lamina.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a model file says of itself.
 *
 * @param format {@code "Keras 3 archive"}, {@code "Keras 3 weights"} or {@code "legacy Keras HDF5"}
 * @param kerasVersion the Keras that wrote the file, or whose form it has
 * @param className the class of the model; empty if there are only weights
 * @param arrays the arrays by their paths, in the order of the file
 */
public record ModelContents(
        String format, Optional<String> kerasVersion, Optional<String> className, Map<String, TensorSpec> arrays) {
    public ModelContents {
        arrays = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
    }
}
