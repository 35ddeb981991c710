package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Who uses which value of a graph. */
final class Uses {
    private final Map<Value, List<Node>> users = new HashMap<>();
    private final Set<Value> returned;

    Uses(Graph graph) {
        returned = new HashSet<>(graph.outputs());
        for (Node node : graph.nodes()) {
            for (Value input : node.inputs()) {
                users.computeIfAbsent(input, value -> new ArrayList<>()).add(node);
            }
        }
    }

    /** The nodes that use a value, one as often as it does. */
    List<Node> of(Value value) {
        return users.getOrDefault(value, List.of());
    }

    boolean isReturned(Value value) {
        return returned.contains(value);
    }

    /** The node that alone uses a value, once. */
    Optional<Node> only(Value value) {
        List<Node> nodes = of(value);
        return nodes.size() == 1 && !isReturned(value) ? Optional.of(nodes.get(0)) : Optional.empty();
    }
}
