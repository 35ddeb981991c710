package dev.lamina.config;

import dev.lamina.errors.ModelFormatException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An object as Keras writes it: {@code {"module", "class_name", "config", "registered_name"}}.
 *
 * @param module where Keras has the class, such as {@code "keras.initializers"}
 * @param config the arguments, as plain data
 */
public record Serialized(String module, String className, Map<String, Object> config) {
    /** The object as plain data. */
    public Map<String, Object> toMap() {
        return Config.entries(
                "module", module, "class_name", className, "config", config, "registered_name", Optional.empty());
    }

    /**
     * Reads what {@link #toMap} gave, or the older form without module and registered name. The name of a class that a
     * user registered with Keras is read without its package: {@code "my_package>Scale"} is {@code "Scale"}.
     *
     * @param kind what is expected, for the message of the {@link ModelFormatException} if it is malformed
     */
    public static Serialized of(String kind, Map<String, ?> data) {
        Object className = data.get("class_name");
        Object config = data.get("config");
        if (!(className instanceof String name) || !(config == null || config instanceof Map<?, ?>)) {
            throw new ModelFormatException("[" + kind
                    + "] expected a map with a \"class_name\" and a \"config\"; received " + Config.shown(data) + ".");
        }
        Map<String, Object> entries = new LinkedHashMap<>();
        if (config instanceof Map<?, ?> map) {
            map.forEach((key, value) -> entries.put(String.valueOf(key), value));
        }
        return new Serialized(
                data.get("module") instanceof String module ? module : "",
                name.substring(name.lastIndexOf('>') + 1),
                entries);
    }
}
