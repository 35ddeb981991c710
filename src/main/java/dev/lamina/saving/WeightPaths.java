package dev.lamina.saving;

import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.models.Model;
import dev.lamina.tensor.Variable;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where each variable is in a model, said by the kinds of the layers around it and their order
 * ({@code dense_1/kernel}), not by their names: two models of the same structure agree, though names that are counted
 * through the whole program differ.
 */
final class WeightPaths {
    private final Map<Variable, String> paths = new IdentityHashMap<>();
    private final Set<Layer> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private WeightPaths() {}

    /** In the order of {@link Layer#variables}. */
    static List<String> of(Model model) {
        WeightPaths walk = new WeightPaths();
        walk.visit(model, "");
        return model.variables().stream()
                .map(variable -> walk.paths.getOrDefault(variable, variable.name()))
                .toList();
    }

    /** The parts first, so that what is left of the layer's variables is its own. */
    private void visit(Layer layer, String prefix) {
        if (!seen.add(layer)) {
            return;
        }
        Set<String> names = new HashSet<>();
        for (Layer part : layer.sublayers()) {
            String kind = LayerNames.snakeCase(part.getClass().getSimpleName());
            visit(part, prefix + unique(kind.isEmpty() ? "layer" : kind, names) + "/");
        }
        names.clear();
        for (Variable variable : layer.variables()) {
            if (!paths.containsKey(variable)) {
                String name = variable.name();
                paths.put(variable, prefix + unique(name.substring(name.lastIndexOf('/') + 1), names));
            }
        }
    }

    private static String unique(String name, Set<String> names) {
        String candidate = name;
        for (int count = 1; !names.add(candidate); count++) {
            candidate = name + "_" + count;
        }
        return candidate;
    }
}
