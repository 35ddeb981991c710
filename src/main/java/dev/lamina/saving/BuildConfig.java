package dev.lamina.saving;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.LayerConfig;
import dev.lamina.models.Model;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The shapes that a model was built for, as Keras's {@code build_config} has them. */
final class BuildConfig {
    private static final int MAX_RANK = 32;

    private BuildConfig() {}

    /** The inputs to build a model for, in its compute type; the batch axis is left open. */
    static List<TensorSpec> inputs(Map<String, Object> form, Model model) {
        @Nullable Object shape = form.get("build_config") instanceof Map<?, ?> build ? build.get("input_shape") : null;
        if (!(shape instanceof List<?> list) || list.isEmpty()) {
            throw new ModelFormatException("[load] expected the \"build_config\" of \"" + model.name()
                    + "\" to hold the shape of its input; received " + form.get("build_config")
                    + ". Make the model in code, build it, and load its weights.");
        }
        List<TensorSpec> inputs = new ArrayList<>();
        for (Object item : list.stream().anyMatch(List.class::isInstance) ? list : List.of(list)) {
            inputs.add(new TensorSpec(shape(item), model.computeDType()));
        }
        return inputs;
    }

    private static Shape shape(@Nullable Object form) {
        if (!(form instanceof List<?> sizes) || sizes.isEmpty() || sizes.size() > MAX_RANK) {
            throw new ModelFormatException("[load] expected a shape of 1 to " + MAX_RANK + " axes; received " + form);
        }
        int[] known = new int[sizes.size()];
        for (int axis = 0; axis < known.length; axis++) {
            LayerConfig entry = new LayerConfig(java.util.Collections.singletonMap("size", sizes.get(axis)));
            known[axis] = axis == 0 || !entry.has("size") ? Shape.UNKNOWN : entry.integer("size");
        }
        return Shape.of(known);
    }
}
