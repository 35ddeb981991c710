package dev.lamina.models;

import dev.lamina.layers.InputLayer;
import dev.lamina.layers.LayerConfig;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.TensorSpec;
import java.util.Map;
import java.util.Optional;

/** The InputLayer with which the config of a built Sequential begins. */
final class SequentialInput {
    private static final String CLASS = "InputLayer";

    private SequentialInput() {}

    static boolean isInput(Map<String, ?> form) {
        return CLASS.equals(form.get("class_name"));
    }

    static Map<String, Object> toConfig(String name, TensorSpec spec) {
        return LayerRegistry.serialize(new InputLayer(name, spec.shape(), spec.dtype()));
    }

    /** Whether an InputLayer's config says a shape; Keras 2 wrote some that don't. */
    static boolean hasShape(LayerConfig config) {
        return config.has("batch_shape") || config.has("batch_input_shape");
    }

    /** A shape as Keras writes it: an unknown axis is null. */
    static Optional<TensorSpec> ofShape(LayerConfig config, String key, DType dtype) {
        return config.has(key)
                ? Optional.of(new TensorSpec(LayerRegistry.shapeFromConfig(config.list(key)), dtype))
                : Optional.empty();
    }
}
