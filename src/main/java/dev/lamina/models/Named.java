package dev.lamina.models;

import dev.lamina.layers.Layer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What belongs to a model by name: its layers, and data for inputs and outputs that have an order. */
final class Named {
    private Named() {}

    /** A model's inputs in their order, for a call of it. */
    static <T> List<T> inputs(Model model, Map<String, ? extends T> values) {
        return inOrder(model.name(), "inputs", model.inputNames(), values);
    }

    /** A model's inputs in their order, for one of its methods. */
    static <T> List<T> inputs(Model model, String method, Map<String, ? extends T> values) {
        return inOrder(model.name() + ": " + method, "inputs", model.inputNames(), values);
    }

    static <T> List<T> targets(Model model, String method, Map<String, ? extends T> values) {
        return inOrder(model.name() + ": " + method, "targets", model.outputNames(), values);
    }

    /**
     * The values in the order of the names; one that is missing is an {@link IllegalArgumentException}, others are left
     * out, as in Keras.
     *
     * @param where and {@code what} say for the error whose values of what they are
     */
    private static <T> List<T> inOrder(String where, String what, List<String> names, Map<String, ? extends T> values) {
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

    /** A part of a model; an unknown one is an {@link IllegalArgumentException} that lists those there are. */
    static Layer layer(Model model, String name) {
        List<Layer> layers = model.layers();
        return layers.stream()
                .filter(layer -> layer.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("[" + model.name()
                        + "] expected the name of a layer, one of "
                        + layers.stream().map(Layer::name).collect(Collectors.joining(", ")) + "; received \"" + name
                        + "\"."));
    }
}
