package dev.lamina.layers;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the entries of a layer's config; a missing or wrong one is a {@link ModelFormatException} that names it. */
public record LayerConfig(Map<String, ?> entries) {
    public int integer(String key) {
        if (entries.get(key) instanceof Number number && number.doubleValue() == number.intValue()) {
            return number.intValue();
        }
        throw wrong(key, "a whole number");
    }

    public double number(String key) {
        if (entries.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(key, "a number");
    }

    public boolean flag(String key) {
        if (entries.get(key) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(key, "true or false");
    }

    public String text(String key) {
        if (entries.get(key) instanceof String text) {
            return text;
        }
        throw wrong(key, "a string");
    }

    public int[] integers(String key) {
        if (entries.get(key) instanceof List<?> list && list.stream().allMatch(Number.class::isInstance)) {
            return list.stream().mapToInt(item -> ((Number) item).intValue()).toArray();
        }
        throw wrong(key, "a list of whole numbers");
    }

    public Initializer initializer(String key) {
        return Initializers.fromConfig(map(key));
    }

    /** Absent means none. */
    public Optional<Regularizer> regularizer(String key) {
        return entries.containsKey(key) ? Optional.of(Regularizers.fromConfig(map(key))) : Optional.empty();
    }

    public ActivationFunction activation(String key) {
        return Activations.of(text(key));
    }

    @SuppressWarnings("unchecked")
    public Map<String, Object> map(String key) {
        if (entries.get(key) instanceof Map<?, ?> map && map.keySet().stream().allMatch(String.class::isInstance)) {
            return (Map<String, Object>) map;
        }
        throw wrong(key, "a map");
    }

    private ModelFormatException wrong(String key, String expected) {
        @Nullable Object found = entries.get(key);
        return new ModelFormatException(
                "[config] expected " + expected + " for \"" + key + "\"; received " + found + " in " + entries + ".");
    }
}
