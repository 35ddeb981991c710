package dev.lamina.config;

import dev.lamina.errors.ModelFormatException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An object as Keras writes it: {@code {"module", "class_name", "config", "registered_name"}}.
 *
 * @param module where Keras has the class, such as {@code "keras.initializers"}; empty for a class of a user's own
 * @param config the arguments, as plain data
 * @param registeredName Keras's name of a class of a user's own, {@code package>Class}; empty for Keras's own
 */
public record Serialized(String module, String className, Map<String, Object> config, String registeredName) {
    /** An object of a class of Keras. */
    public Serialized(String module, String className, Map<String, Object> config) {
        this(module, className, config, "");
    }

    /** The object as plain data. */
    public Map<String, Object> toMap() {
        return Config.entries(
                "module",
                given(module),
                "class_name",
                className,
                "config",
                config,
                "registered_name",
                given(registeredName));
    }

    private static Optional<String> given(String name) {
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /** The class's name of a name with Keras's package: {@code "my_package>Scale"} is {@code "Scale"}. */
    public static String simpleName(String name) {
        return name.substring(name.lastIndexOf('>') + 1);
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
                simpleName(name),
                entries,
                data.get("registered_name") instanceof String registered ? registered : "");
    }
}
