package dev.lamina.config;

import dev.lamina.errors.ModelFormatException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of an object's config. As in Keras's files, an entry that is absent or null is one that was not
 * given: the caller says what holds then, or it is an error. A value of a wrong kind is a {@link ModelFormatException}
 * that names it. {@link #finish} refuses what nobody read, so that no option of a file is passed over in silence.
 */
public final class Config {
    private static final int SHOWN = 200;

    private final String owner;
    private final Map<String, ?> entries;
    private final Set<String> read = new HashSet<>();

    /** @param owner whose config it is, for messages */
    public Config(String owner, Map<String, ?> entries) {
        this.owner = owner;
        this.entries = entries;
    }

    /**
     * A config to write: keys and values by turns, kept in order. An {@link Optional} of any kind stands for its value,
     * or for null where it is empty.
     */
    @SuppressWarnings("NullAway") // Keras writes null for what was not given, so plain data may hold it.
    public static Map<String, Object> entries(Object... pairs) {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            entries.put(String.valueOf(pairs[i]), plain(pairs[i + 1]));
        }
        return entries;
    }

    private static @Nullable Object plain(Object value) {
        return switch (value) {
            case Optional<?> given -> given.orElse(null);
            case OptionalLong number -> number.isPresent() ? number.getAsLong() : null;
            case OptionalInt number -> number.isPresent() ? number.getAsInt() : null;
            case OptionalDouble number -> number.isPresent() ? number.getAsDouble() : null;
            default -> value;
        };
    }

    public String owner() {
        return owner;
    }

    /** The value of an entry; empty where it is absent or null. */
    public Optional<Object> get(String key) {
        read.add(key);
        return Optional.ofNullable(entries.get(key));
    }

    /** Whether the entry was given as null, where that means more than "not given". */
    public boolean isNull(String key) {
        return entries.containsKey(key) && !has(key);
    }

    public boolean has(String key) {
        return get(key).isPresent();
    }

    public int integer(String key) {
        return integerOf(key, get(key).orElse(null));
    }

    public int integer(String key, int absent) {
        return has(key) ? integer(key) : absent;
    }

    private int integerOf(String key, @Nullable Object value) {
        if (value instanceof Number number && number.doubleValue() == number.intValue()) {
            return number.intValue();
        }
        throw wrong(key, "a whole number");
    }

    public OptionalInt optionalInteger(String key) {
        return has(key) ? OptionalInt.of(integer(key)) : OptionalInt.empty();
    }

    public double number(String key) {
        if (get(key).orElse(null) instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong(key, "a number");
    }

    public double number(String key, double absent) {
        return has(key) ? number(key) : absent;
    }

    public OptionalDouble optionalNumber(String key) {
        return has(key) ? OptionalDouble.of(number(key)) : OptionalDouble.empty();
    }

    /** A whole number, such as a seed, that may not be given. */
    public OptionalLong whole(String key) {
        if (!has(key)) {
            return OptionalLong.empty();
        }
        double value = number(key);
        if (get(key).orElse(null) instanceof Number number && value == Math.rint(value)) {
            return OptionalLong.of(number.longValue());
        }
        throw wrong(key, "a whole number");
    }

    public boolean flag(String key) {
        if (get(key).orElse(null) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(key, "true or false");
    }

    public boolean flag(String key, boolean absent) {
        return has(key) ? flag(key) : absent;
    }

    public String text(String key) {
        if (get(key).orElse(null) instanceof String text) {
            return text;
        }
        throw wrong(key, "a string");
    }

    public String text(String key, String absent) {
        return has(key) ? text(key) : absent;
    }

    /** A list of strings; an entry that was not given is an empty list. */
    public String[] texts(String key) {
        if (!has(key)) {
            return new String[0];
        }
        if (get(key).orElse(null) instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.toArray(String[]::new);
        }
        throw wrong(key, "a list of strings");
    }

    /** A list of whole numbers. */
    public int[] integers(String key) {
        if (get(key).orElse(null) instanceof List<?> list) {
            return list.stream().mapToInt(item -> integerOf(key, item)).toArray();
        }
        throw wrong(key, "a list of whole numbers");
    }

    /** One whole number or a list of them. */
    public int[] integers(String key, int... absent) {
        return !has(key) ? absent : get(key).orElse(null) instanceof Number ? new int[] {integer(key)} : integers(key);
    }

    /** A list of numbers. */
    public double[] numbers(String key) {
        if (get(key).orElse(null) instanceof List<?> list && list.stream().allMatch(Number.class::isInstance)) {
            return list.stream()
                    .mapToDouble(item -> ((Number) item).doubleValue())
                    .toArray();
        }
        throw wrong(key, "a list of numbers");
    }

    @SuppressWarnings("unchecked")
    public Map<String, Object> map(String key) {
        if (get(key).orElse(null) instanceof Map<?, ?> map
                && map.keySet().stream().allMatch(String.class::isInstance)) {
            return (Map<String, Object>) map;
        }
        throw wrong(key, "a map");
    }

    /** Marks entries as read that have no bearing here. */
    public Config ignore(String... keys) {
        read.addAll(List.of(keys));
        return this;
    }

    /** The entries that were given and that nobody has read. */
    public List<String> unread() {
        return entries.entrySet().stream()
                .filter(entry -> entry.getValue() != null && !read.contains(entry.getKey()))
                .<String>map(Map.Entry::getKey)
                .toList();
    }

    /** To be called when all is read that is known: another entry that was given is an error. */
    public void finish() {
        for (String key : unread()) {
            throw new ModelFormatException("[" + owner + "] expected a config without \"" + key
                    + "\", which is not supported here; received " + shown(entries.get(key)) + ".");
        }
    }

    /** What to throw for an entry that does not hold what it should. */
    public ModelFormatException wrong(String key, String expected) {
        return new ModelFormatException("[" + owner + "] expected " + expected + " for \"" + key + "\"; received "
                + shown(entries.get(key)) + " in " + shown(entries) + ".");
    }

    /** A value for a message, cut where it is long. */
    public static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }
}
