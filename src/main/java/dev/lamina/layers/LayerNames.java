package dev.lamina.layers;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Gives layers without a name one: {@code dense}, {@code dense_1}, {@code dense_2}. */
public final class LayerNames {
    private static final Map<String, Integer> COUNTS = new ConcurrentHashMap<>();

    private LayerNames() {}

    static String next(String base) {
        int count = COUNTS.merge(base, 1, Integer::sum) - 1;
        return count == 0 ? base : base + "_" + count;
    }

    /** {@code MLPBlock} becomes {@code mlp_block}, {@code Conv2D} becomes {@code conv2d}. */
    public static String snakeCase(String className) {
        return className
                .replaceAll("([A-Z]+)([A-Z][a-z])", "$1_$2")
                .replaceAll("([a-z])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
    }

    /** The name's base for a class: its own, or that of its nearest named superclass. */
    static String base(Class<?> type) {
        Class<?> named = type;
        while (named.isAnonymousClass() && named.getSuperclass() != null) {
            named = named.getSuperclass();
        }
        return snakeCase(named.getSimpleName());
    }

    /** Starts counting anew; names given so far stay. */
    public static void reset() {
        COUNTS.clear();
    }
}
