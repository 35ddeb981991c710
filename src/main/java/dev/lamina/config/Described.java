package dev.lamina.config;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How objects that have a config look in logs and debuggers: {@code SGD{name=sgd, learning_rate=0.01}}. */
public final class Described {
    private Described() {}

    /**
     * The class's name and what the config holds, without what was not given; with the name alone where there is no
     * config to be had, as of a closed object.
     *
     * @param config may fail: describing doesn't
     */
    public static String of(Object object, String name, Supplier<Map<String, Object>> config) {
        Class<?> type = object.getClass();
        String title = (type.isAnonymousClass() ? type.getSuperclass() : type).getSimpleName();
        try {
            return title + text(config.get());
        } catch (RuntimeException _) {
            return title + "{name=" + name + "}";
        }
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .filter(entry -> entry.getValue() != null)
                        .map(entry -> entry.getKey() + "=" + text(entry.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case List<?> list -> list.stream().map(Described::text).collect(Collectors.joining(", ", "[", "]"));
            // Keras gives float32 numbers as doubles: 0.0010000000474974513.
            case Double number when number == number.floatValue() -> Float.toString(number.floatValue());
            case null, default -> String.valueOf(value);
        };
    }
}
