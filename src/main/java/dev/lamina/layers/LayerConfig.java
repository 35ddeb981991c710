package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads the entries of a layer's config. An entry that is absent or null was not given: then the default holds that the
 * caller passes, Keras's. A required entry that is missing, and any of a wrong kind, is a {@link ModelFormatException}
 * that names it.
 */
public record LayerConfig(Map<String, ?> entries) {
    private Config config() {
        return new Config("config", entries);
    }

    /** Whether the entry was given. */
    public boolean has(String key) {
        return config().has(key);
    }

    public int integer(String key) {
        return config().integer(key);
    }

    public int integer(String key, int absent) {
        return config().integer(key, absent);
    }

    public double number(String key) {
        return config().number(key);
    }

    public double number(String key, double absent) {
        return config().number(key, absent);
    }

    public boolean flag(String key) {
        return config().flag(key);
    }

    public boolean flag(String key, boolean absent) {
        return config().flag(key, absent);
    }

    public String text(String key) {
        return config().text(key);
    }

    public String text(String key, String absent) {
        return config().text(key, absent);
    }

    public int[] integers(String key) {
        return config().integers(key);
    }

    /** A list of whole numbers, or one number, which is a list of one. */
    public int[] integers(String key, int... absent) {
        return config().integers(key, absent);
    }

    public Initializer initializer(String key) {
        return object(key, Initializers::of, Initializers::fromConfig)
                .orElseThrow(() -> config().wrong(key, "an initializer"));
    }

    /** @param absent Keras's name of the default, such as {@code "glorot_uniform"} */
    public Initializer initializer(String key, String absent) {
        return has(key) ? initializer(key) : Initializers.of(absent);
    }

    /** Absent means none. */
    public Optional<Regularizer> regularizer(String key) {
        return object(key, Regularizers::of, Regularizers::fromConfig);
    }

    /** Absent means none. */
    public Optional<Constraint> constraint(String key) {
        return object(key, Constraints::of, Constraints::fromConfig);
    }

    /** An object by its name or in Keras's form. */
    private <T> Optional<T> object(String key, Function<String, T> byName, Function<Map<String, ?>, T> fromConfig) {
        Config config = config();
        Optional<Object> value = config.get(key);
        if (value.isPresent() && value.get() instanceof String name) {
            try {
                return Optional.of(byName.apply(name));
            } catch (IllegalArgumentException e) {
                throw new ModelFormatException(String.valueOf(e.getMessage()), e);
            }
        }
        return value.map(present -> fromConfig.apply(config.map(key)));
    }

    public ActivationFunction activation(String key) {
        return Activations.of(text(key));
    }

    /** @param absent Keras's name of the default, such as {@code "linear"} */
    public ActivationFunction activation(String key, String absent) {
        return Activations.of(text(key, absent));
    }

    public Map<String, Object> map(String key) {
        return config().map(key);
    }
}
