package dev.lamina.models;

import dev.lamina.config.Config;
import dev.lamina.config.Serialized;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.LayerConfig;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The InputLayer with which the config of a built Sequential begins. */
final class SequentialInput {
    private static final String CLASS = "InputLayer";
    private static final int MAX_RANK = 32;

    private SequentialInput() {}

    static boolean isInput(Map<String, ?> form) {
        return CLASS.equals(form.get("class_name"));
    }

    static Map<String, Object> toConfig(String name, TensorSpec spec) {
        Map<String, Object> config = Config.entries(
                "batch_shape",
                LayerRegistry.shapeToConfig(spec.shape()),
                "dtype",
                spec.dtype().toString(),
                "sparse",
                false,
                "ragged",
                false,
                "name",
                name,
                "optional",
                false);
        return new Serialized("keras.layers", CLASS, config).toMap();
    }

    /** What the InputLayer of this config says of the data; nothing if it leaves the shape open. */
    static Optional<TensorSpec> of(LayerConfig config) {
        config.only("sparse", false).only("ragged", false).only("optional", false);
        DType dtype;
        try {
            dtype = DType.of(config.text("dtype", "float32"));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(
                    "[config] expected an input of a type that Lamina has. " + e.getMessage(), e);
        }
        return ofShape(config, config.has("batch_shape") ? "batch_shape" : "batch_input_shape", dtype);
    }

    /** A shape as Keras writes it: an unknown axis is null. */
    static Optional<TensorSpec> ofShape(LayerConfig config, String key, DType dtype) {
        return config.has(key) ? Optional.of(new TensorSpec(shape(config.list(key)), dtype)) : Optional.empty();
    }

    private static Shape shape(List<?> list) {
        if (list.size() > MAX_RANK) {
            throw new ModelFormatException(
                    "[config] expected a shape of at most " + MAX_RANK + " axes; received " + list.size() + ".");
        }
        int[] sizes = new int[list.size()];
        for (int axis = 0; axis < sizes.length; axis++) {
            Object item = list.get(axis);
            if (item != null
                    && !(item instanceof Number size
                            && size.intValue() >= 0
                            && size.doubleValue() == size.intValue())) {
                throw new ModelFormatException("[config] expected sizes of axes in a shape; received " + list + ".");
            }
            sizes[axis] = item instanceof Number size ? size.intValue() : Shape.UNKNOWN;
        }
        return Shape.of(sizes);
    }
}
