package dev.lamina.layers;

import dev.lamina.config.Registry;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a file holds of a layer: its own weights, the trainable ones first, and the attributes that hold layers, in
 * Keras's order: by name, those that begin with "_" last. States of seed generators are no weights, and are not in
 * Keras's files.
 */
public record SavedParts(List<Variable> weights, List<Attribute> attributes) {
    /**
     * A field that holds layers.
     *
     * @param name the field's name in Keras's spelling, {@code hidden_layers}
     * @param isContainer whether it is a list, a map or the like, whose layers go by their classes
     */
    public record Attribute(String name, boolean isContainer, List<Layer> layers) {}

    public static SavedParts of(Layer layer) {
        List<Variable> own = layer.state().ownVariables();
        List<Variable> weights = Stream.concat(
                        own.stream().filter(Variable::trainable), own.stream().filter(weight -> !weight.trainable()))
                .toList();
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        layer.state().visitLayers((place, part) -> {
            int dot = place.indexOf('.');
            String name = Registry.snakeCase(dot < 0 ? place : place.substring(0, dot));
            attributes
                    .computeIfAbsent(name, n -> new Attribute(n, dot >= 0, new ArrayList<>()))
                    .layers()
                    .add(part);
        });
        List<Attribute> sorted = new ArrayList<>(attributes.values());
        sorted.sort(Comparator.comparing(attribute -> order(attribute.name())));
        return new SavedParts(weights, sorted);
    }

    /** What attributes are sorted by. */
    public static String order(String name) {
        return name.startsWith("_") ? "~" + name : name;
    }
}
