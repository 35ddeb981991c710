package dev.lamina.layers;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What every layer can be told at its construction.
 *
 * @param name empty for a name made from the class: {@code dense}, {@code dense_1}
 */
public record LayerOptions(String name, DTypePolicy dtype, boolean trainable) {
    /** A name made from the class, float32, trainable. */
    public static final LayerOptions DEFAULT = new LayerOptions("", DTypePolicy.FLOAT32, true);

    public LayerOptions {
        if (name.contains("/")) {
            throw new IllegalArgumentException(
                    "[layer] expected a name without \"/\", which separates the names in a path; " + "received \""
                            + name + "\".");
        }
    }

    public static LayerOptions named(String name) {
        return DEFAULT.withName(name);
    }

    public LayerOptions withName(String newName) {
        return new LayerOptions(newName, dtype, trainable);
    }

    public LayerOptions withDType(DTypePolicy policy) {
        return new LayerOptions(name, policy, trainable);
    }

    public LayerOptions withTrainable(boolean newTrainable) {
        return new LayerOptions(name, dtype, newTrainable);
    }

    /** From the entries that {@link Layer#config} writes. */
    public static LayerOptions fromConfig(Map<String, ?> config) {
        Object name = config.get("name");
        Object dtype = config.get("dtype");
        Object trainable = config.get("trainable");
        return new LayerOptions(
                name instanceof String text ? text : "",
                dtype instanceof String text ? DTypePolicy.of(text) : DTypePolicy.FLOAT32,
                !Boolean.FALSE.equals(trainable));
    }

    Map<String, Object> toConfig() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", name);
        config.put("trainable", trainable);
        config.put("dtype", dtype.compute().toString());
        return config;
    }
}
