package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Reads the entries of a layer's config. An entry that is absent or null was not given: then the default holds that the
 * caller passes, Keras's. A required entry that is missing, and any of a wrong kind, is a {@link ModelFormatException}
 * that names it.
 */
public record LayerConfig(Map<String, ?> entries) {
    /** What a factory makes of a config. */
    static <L> L read(Map<String, ?> entries, Function<LayerConfig, L> factory) {
        return factory.apply(new LayerConfig(entries));
    }

    private Config config() {
        return new Config(entries.get("name") instanceof String name ? name : "config", entries);
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

    /** A whole number, such as a seed, that may not be given. */
    public OptionalLong whole(String key) {
        return config().whole(key);
    }

    public double[] numbers(String key) {
        return config().numbers(key);
    }

    /** Any value of an entry that must be given. */
    public Object value(String key) {
        return config().get(key).orElseThrow(() -> config().wrong(key, "a value"));
    }

    /** Reads an entry that may not be given by another method: {@code config.optional("axes", config::integers)}. */
    public <T> Optional<T> optional(String key, Function<String, T> reader) {
        return has(key) ? Optional.of(reader.apply(key)) : Optional.empty();
    }

    /** Says that these entries make no difference. */
    public LayerConfig ignore(String... keys) {
        Arrays.stream(keys).forEach(this::has);
        return this;
    }

    /** A list of sizes, of which null is an unknown one. */
    public Shape shape(String key) {
        int[] sizes = list(key).stream()
                .mapToInt(item -> item == null ? Shape.UNKNOWN : item instanceof Number number ? number.intValue() : -2)
                .toArray();
        if (Arrays.stream(sizes).anyMatch(size -> size < Shape.UNKNOWN)) {
            throw config().wrong(key, "a list of sizes");
        }
        return Shape.of(sizes);
    }

    public int[] integers(String key) {
        return config().integers(key);
    }

    /** A list of whole numbers, or one number, which is a list of one. */
    public int[] integers(String key, int... absent) {
        return config().integers(key, absent);
    }

    /** So many whole numbers; a single number stands for all of them. */
    public int[] sizes(String key, int count) {
        int[] given = config().integers(key, new int[0]);
        if (given.length == 1) {
            int[] sizes = new int[count];
            Arrays.fill(sizes, given[0]);
            return sizes;
        }
        if (given.length != count) {
            throw config().wrong(key, count + " whole numbers");
        }
        return given;
    }

    /** As {@link #sizes(String, int)}, with what holds when the entry is absent. */
    public int[] sizes(String key, int count, int... absent) {
        return has(key) ? sizes(key, count) : absent;
    }

    /**
     * Says that Lamina knows the entry with these values only. Absent and null are always allowed.
     *
     * @throws ModelFormatException if it has another value, which Lamina can't honour
     */
    public LayerConfig only(String key, Object... known) {
        Optional<Object> value = config().get(key);
        if (value.isPresent() && Arrays.stream(known).noneMatch(item -> same(item, value.get()))) {
            throw config().wrong(key, known.length == 0 ? "no value" : "one of " + Arrays.toString(known));
        }
        return this;
    }

    private static boolean same(Object known, Object found) {
        return known instanceof Number a && found instanceof Number b
                ? a.doubleValue() == b.doubleValue()
                : known.equals(found);
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

    /** By name, or as Keras writes a function; absent means linear. */
    public ActivationFunction activation(String key) {
        return activation(key, "linear");
    }

    /** @param absent Keras's name of the default, such as {@code "linear"} */
    public ActivationFunction activation(String key, String absent) {
        Object value = config().get(key).orElse(absent);
        if (value instanceof Map<?, ?> map && "function".equals(map.get("class_name"))) {
            value = map.get("config");
        }
        if (!(value instanceof String name)) {
            throw config().wrong(key, "the name of an activation");
        }
        try {
            return Activations.of(name);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(String.valueOf(e.getMessage()), e);
        }
    }

    public Map<String, Object> map(String key) {
        return config().map(key);
    }

    public List<?> list(String key) {
        if (config().get(key).orElse(null) instanceof List<?> list) {
            return list;
        }
        throw config().wrong(key, "a list");
    }
}
