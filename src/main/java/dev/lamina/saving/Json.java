package dev.lamina.saving;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import dev.lamina.errors.ModelFormatException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as plain maps, lists, strings, booleans and numbers; whole numbers are read as {@code Long}. No classes, no
 * reflection.
 */
final class Json {
    private static final Gson GSON = new GsonBuilder()
            .setStrictness(Strictness.STRICT)
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .serializeNulls()
            .disableHtmlEscaping()
            .create();

    private static final int MAX_DEPTH = 100;

    private Json() {}

    /**
     * The text of plain data.
     *
     * @throws IllegalStateException if the value is or holds anything else, an infinite number or a cycle, for instance
     */
    static String write(Map<String, ?> value) {
        requirePlain(value, "", 0);
        return GSON.toJson(value);
    }

    private static void requirePlain(@Nullable Object value, String where, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalStateException(
                    "[save] expected a config nested at most " + MAX_DEPTH + " deep; received more at " + where + ".");
        }
        switch (value) {
            case null -> {}
            case String _, Boolean _, Long _, Integer _ -> {}
            case Number number when Double.isFinite(number.doubleValue()) -> {}
            case List<?> list -> list.forEach(item -> requirePlain(item, where + "[]", depth + 1));
            case Map<?, ?> map
            when map.keySet().stream().allMatch(String.class::isInstance) ->
                map.forEach((key, item) -> requirePlain(item, where + "/" + key, depth + 1));
            default ->
                throw new IllegalStateException(
                        "[save] expected a config of strings, finite numbers, booleans, lists and maps; "
                                + "received a " + value.getClass().getName() + " at " + where + ".");
        }
    }

    /**
     * Reads an object.
     *
     * @param name the text's name, for the message of the {@link ModelFormatException} when it is malformed
     */
    static Map<String, Object> readObject(String text, String name) {
        Object value;
        try {
            value = GSON.fromJson(text, Object.class);
        } catch (JsonParseException e) {
            throw new ModelFormatException(
                    "[load] expected JSON in " + name + "; received something else: " + e.getMessage() + ".", e);
        }
        return object(value, name);
    }

    /** The value as an object with string keys. */
    static Map<String, Object> object(@Nullable Object value, String name) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new ModelFormatException("[load] expected an object in " + name + "; received " + shown(value) + ".");
        }
        Map<String, Object> entries = new LinkedHashMap<>();
        map.forEach((key, item) -> entries.put(String.valueOf(key), item));
        return entries;
    }

    static List<?> list(Map<String, Object> object, String key, String name) {
        if (object.get(key) instanceof List<?> list) {
            return list;
        }
        throw wrong(object, key, "a list", name);
    }

    static String text(Map<String, Object> object, String key, String name) {
        if (object.get(key) instanceof String text) {
            return text;
        }
        throw wrong(object, key, "a string", name);
    }

    private static ModelFormatException wrong(Map<String, Object> object, String key, String expected, String name) {
        return new ModelFormatException("[load] expected " + expected + " for \"" + key + "\" in " + name
                + "; received " + shown(object.get(key)) + ".");
    }

    /** A value for a message, cut where it is long. */
    static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
