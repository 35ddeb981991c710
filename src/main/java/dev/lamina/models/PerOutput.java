package dev.lamina.models;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What compile was given for the model's outputs: one thing for all of them, or things for single ones, by their place
 * or name.
 *
 * @param every for each output that has nothing of its own
 * @param places by the output's index, as text, or its name
 */
public record PerOutput<T>(Optional<T> every, Map<String, T> places) {
    public PerOutput {
        places = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(places));
    }

    public static <T> PerOutput<T> none() {
        return new PerOutput<>(Optional.empty(), Map.of());
    }

    /** The same with a thing for all outputs. */
    public PerOutput<T> withEvery(T value) {
        return new PerOutput<>(Optional.of(value), places);
    }

    /** The same with a thing for one output. */
    public PerOutput<T> with(String place, T value) {
        Map<String, T> more = new LinkedHashMap<>(places);
        more.put(place, value);
        return new PerOutput<>(every, more);
    }

    public boolean isEmpty() {
        return every.isEmpty() && places.isEmpty();
    }

    /**
     * The things in the order of the outputs.
     *
     * @param what what they are, for the error about a place that doesn't exist
     * @param names the outputs' names; empty if they have none
     */
    List<Optional<T>> resolve(String what, int outputs, List<String> names) {
        List<Optional<T>> resolved = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            resolved.add(every);
        }
        places.forEach((place, value) -> resolved.set(index(what, place, outputs, names), Optional.of(value)));
        return resolved;
    }

    private static int index(String what, String place, int outputs, List<String> names) {
        int index = names.indexOf(place);
        if (index < 0 && place.matches("\\d{1,6}")) {
            index = Integer.parseInt(place);
        }
        if (index < 0 || index >= outputs) {
            throw new IllegalArgumentException("[compile] expected " + what + " for one of the model's " + outputs
                    + " outputs, " + (names.isEmpty() ? "by its index, for they have no names" : names)
                    + "; received \"" + place + "\".");
        }
        return index;
    }
}
