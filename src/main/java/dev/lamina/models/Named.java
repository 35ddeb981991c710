package dev.lamina.models;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Data by name for a model whose inputs and outputs have an order. */
final class Named {
    private Named() {}

    /**
     * The values in the order of the names; one that is missing is an {@link IllegalArgumentException}, others are left
     * out, as in Keras.
     *
     * @param where and {@code what} say for the error whose values of what they are
     */
    static <T> List<T> inOrder(String where, String what, List<String> names, Map<String, ? extends T> values) {
        if (names.isEmpty() || !values.keySet().containsAll(names)) {
            throw new IllegalArgumentException("[" + where + "] expected " + what + " of the names " + names
                    + "; received " + values.keySet()
                    + (names.isEmpty() ? ". A model without names takes them in a list." : "."));
        }
        List<T> ordered = new ArrayList<>();
        names.forEach(name -> ordered.add(values.get(name)));
        return ordered;
    }

    static <T> Map<String, T> map(List<String> names, List<T> values) {
        Map<String, T> map = new LinkedHashMap<>();
        for (int i = 0; i < values.size(); i++) {
            map.put(names.get(i), values.get(i));
        }
        return map;
    }
}
