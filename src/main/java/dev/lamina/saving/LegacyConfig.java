package dev.lamina.saving;

import dev.lamina.errors.ModelFormatException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the configs that Keras 2 wrote into those that Keras 3 writes. Keras 3's stay as they are. */
final class LegacyConfig {
    private static final String CONFIG = "config";
    private static final String CLASS = "class_name";
    private static final String LAYERS = "layers";
    private static final String BATCH_INPUT_SHAPE = "batch_input_shape";

    /** What Keras 2 tells its layers of the way to run them, or of the data before them. */
    private static final List<String> DROPPED =
            List.of(BATCH_INPUT_SHAPE, "input_dtype", "input_length", "time_major", "fused", "virtual_batch_size");

    private static final Set<String> INITIALIZERS = Set.of(
            "Zeros",
            "Ones",
            "Constant",
            "RandomUniform",
            "RandomNormal",
            "TruncatedNormal",
            "VarianceScaling",
            "Orthogonal",
            "Identity",
            "GlorotUniform",
            "GlorotNormal",
            "HeUniform",
            "HeNormal",
            "LecunUniform",
            "LecunNormal");

    private LegacyConfig() {}

    /**
     * The form of a model as Keras 3 writes it.
     *
     * @param kerasVersion of the Keras that wrote it
     * @throws ModelFormatException if it holds what Keras 3 does not have
     */
    static Map<String, Object> upgrade(Map<String, Object> form, String kerasVersion) {
        return kerasVersion.startsWith("3") ? form : object(form, kerasVersion);
    }

    private static Map<String, Object> object(Map<String, Object> form, String version) {
        Map<String, Object> result = new LinkedHashMap<>(form);
        String name = String.valueOf(form.get(CLASS));
        if (name.equals("Model")) {
            result.put(CLASS, "Functional");
        }
        if (form.get(CONFIG) instanceof List<?> layers) {
            // Keras before 2.2.3 wrote a Sequential as the list of its layers.
            result.put(CONFIG, new LinkedHashMap<>(Map.of(LAYERS, layers)));
        }
        if (result.get(CONFIG) instanceof Map<?, ?> entries) {
            Map<String, Object> config = new LinkedHashMap<>();
            entries.forEach((key, value) -> config.put(String.valueOf(key), value));
            if (name.equals("Sequential")) {
                addInput(config);
            }
            config.replaceAll((key, value) -> value(value, version));
            rename(name, config, version);
            result.put(CONFIG, config);
        }
        return result;
    }

    @SuppressWarnings("NullAway") // Plain data may hold null.
    private static Object value(@Nullable Object value, String version) {
        if (value instanceof List<?> list) {
            List<Object> items = new ArrayList<>();
            list.forEach(item -> items.add(value(item, version)));
            return items;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> entries = new LinkedHashMap<>();
            map.forEach((key, item) -> entries.put(String.valueOf(key), item));
            return entries.containsKey(CLASS) ? object(entries, version) : entries;
        }
        return value;
    }

    /** The first layer tells the shape of the data, where no InputLayer does; Embedding takes whole numbers. */
    private static void addInput(Map<String, Object> sequential) {
        if (sequential.get(LAYERS) instanceof List<?> layers
                && !layers.isEmpty()
                && layers.get(0) instanceof Map<?, ?> first
                && first.get(CONFIG) instanceof Map<?, ?> config
                && !"InputLayer".equals(first.get(CLASS))
                && config.get(BATCH_INPUT_SHAPE) instanceof List<?> shape) {
            Object dtype = "Embedding".equals(first.get(CLASS)) ? "int32" : config.get("dtype");
            Map<String, Object> input = new LinkedHashMap<>();
            input.put("batch_shape", shape);
            input.put("dtype", dtype instanceof String ? dtype : "float32");
            input.put("name", config.get("name") + "_input");
            List<Object> more = new ArrayList<>();
            more.add(Map.of(CLASS, "InputLayer", CONFIG, input));
            more.addAll(layers);
            sequential.put(LAYERS, more);
        }
    }

    private static void rename(String name, Map<String, Object> config, String version) {
        if (INITIALIZERS.contains(name)) {
            config.remove("dtype");
            config.replace("distribution", "normal", "truncated_normal");
            return;
        }
        if (name.equals("InputLayer") && config.containsKey(BATCH_INPUT_SHAPE)) {
            config.put("batch_shape", config.get(BATCH_INPUT_SHAPE));
        }
        DROPPED.forEach(config::remove);
        switch (name) {
            case "LeakyReLU" -> move(config, "alpha", "negative_slope");
            case "BatchNormalization" -> {
                if (config.get("axis") instanceof List<?> axes && axes.size() == 1) {
                    config.put("axis", axes.get(0));
                }
            }
            case "SeparableConv1D", "SeparableConv2D" ->
                new HashSet<>(config.keySet())
                        .stream()
                                .filter(key -> key.startsWith("kernel_") && !key.equals("kernel_size"))
                                .forEach(config::remove);
            default -> {}
        }
        for (String key : List.of("activation", "recurrent_activation")) {
            if ("hard_sigmoid".equals(config.get(key))) {
                throw new ModelFormatException("[load] expected functions that Keras 3 has; received the \"" + key
                        + "\" hard_sigmoid of Keras " + version + ", clip(0.2 x + 0.5, 0, 1), in \""
                        + config.get("name") + "\". Keras 3 computes another function by that name.");
            }
        }
    }

    private static void move(Map<String, Object> config, String from, String to) {
        Object value = config.remove(from);
        if (value != null) {
            config.put(to, value);
        }
    }
}
