package dev.lamina.metrics;

import java.util.Arrays;
import java.util.Locale;

/** Options that are one of several names. */
final class Choices {
    private Choices() {}

    /** The constant of that name, in any case. */
    static <E extends Enum<E>> E of(Class<E> type, String where, String what, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("[" + where + "] expected " + what + " to be one of "
                        + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT) + "; received \"" + name
                        + "\"."));
    }
}
