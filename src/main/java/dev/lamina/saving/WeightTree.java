package dev.lamina.saving;

import dev.lamina.config.Registry;
import dev.lamina.layers.Layer;
import dev.lamina.layers.SavedParts;
import dev.lamina.models.Functional;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where Keras 3 puts the weights of a model: {@code layers/dense_1/vars/0}. The layers of Sequential and Functional
 * models go by their classes, numbered; those of others by the attributes that hold them, and within lists and maps by
 * their classes again. A model's attributes include {@code layers}, the list of all its layers, which finds those whose
 * attributes come later in the alphabet. Each layer is at one place, the first that the walk meets.
 */
final class WeightTree {
    /**
     * A layer's place.
     *
     * @param path of the group that holds the group {@code vars}; empty for the model
     */
    record Place(String path, String name, List<Variable> weights) {
        String vars() {
            return WeightTree.join(path, "vars");
        }

        String array(int index) {
            return vars() + "/" + index;
        }
    }

    private static final String LAYERS = "layers";

    private final List<Place> places = new ArrayList<>();
    private final Set<Layer> visited = Collections.newSetFromMap(new IdentityHashMap<>());

    private WeightTree() {}

    /**
     * All places of a model.
     *
     * @throws IllegalStateException if the walk misses a weight
     */
    static List<Place> of(Model model) {
        WeightTree tree = new WeightTree();
        tree.visit(model, "");
        Set<Variable> found = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Place place : tree.places) {
            for (Variable weight : place.weights()) {
                if (!found.add(weight)) {
                    throw new IllegalStateException("[" + model.name() + "] expected each weight in one layer; "
                            + weight.name() + " is in two. Let one layer own it.");
                }
            }
        }
        for (Variable weight : model.weights()) {
            if (!found.contains(weight)) {
                throw new IllegalStateException("[" + model.name() + "] expected every weight in a field that can be "
                        + "found; the weight " + weight.name()
                        + " is in none. Hold its layer in a field, or hand it over with track(name, layer).");
            }
        }
        return tree.places;
    }

    private void visit(Layer layer, String path) {
        if (!visited.add(layer)) {
            return;
        }
        SavedParts parts = SavedParts.of(layer);
        places.add(new Place(path, layer.name(), parts.weights()));
        if (layer instanceof Sequential || layer instanceof Functional) {
            visitAll(layer.sublayers(), join(path, LAYERS));
            return;
        }
        boolean listed = !(layer instanceof Model);
        for (SavedParts.Attribute attribute : parts.attributes()) {
            if (!listed && SavedParts.order(attribute.name()).compareTo(LAYERS) >= 0) {
                visitAll(layer.sublayers(), join(path, LAYERS));
                listed = true;
            }
            String at = join(path, attribute.name());
            if (attribute.isContainer()) {
                visitAll(attribute.layers(), at);
            } else {
                attribute.layers().forEach(part -> visit(part, at));
            }
        }
        if (!listed) {
            visitAll(layer.sublayers(), join(path, LAYERS));
        }
    }

    private void visitAll(List<Layer> layers, String path) {
        Map<String, Integer> used = new HashMap<>();
        for (Layer layer : layers) {
            String name = Registry.snakeCase(layer.getClass().getSimpleName());
            int count = used.merge(name, 1, Integer::sum) - 1;
            visit(layer, join(path, count == 0 ? name : name + "_" + count));
        }
    }

    static String join(String path, String name) {
        return path.isEmpty() ? name : path + "/" + name;
    }
}
