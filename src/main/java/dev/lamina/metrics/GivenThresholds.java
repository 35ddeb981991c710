package dev.lamina.metrics;

import dev.lamina.config.Config;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The thresholds of a user, and how they were given.
 *
 * @param values none for the default
 * @param asNumber whether the only one was given without a list, so that it is written as it was read
 */
record GivenThresholds(List<Double> values, boolean asNumber) {
    GivenThresholds {
        values = List.copyOf(values);
    }

    static GivenThresholds of(List<Double> values) {
        return new GivenThresholds(values, false);
    }

    static GivenThresholds read(Config config) {
        if (!config.has("thresholds")) {
            return of(List.of());
        }
        return config.get("thresholds").orElseThrow() instanceof Number
                ? new GivenThresholds(List.of(config.number("thresholds")), true)
                : of(Arrays.stream(config.numbers("thresholds")).boxed().toList());
    }

    Thresholds orElse(String where, double absent) {
        return values.isEmpty() ? Thresholds.single(absent) : Thresholds.of(where, values);
    }

    Object written() {
        return values.isEmpty() ? Optional.empty() : asNumber ? values.get(0) : values;
    }
}
