package dev.lamina.graph;

import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes a graph out of another one: copies nodes, leaves some out, puts others in. */
public final class GraphRewriter {
    private final Graph original;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Value> replacements = new HashMap<>();

    public GraphRewriter(Graph original) {
        this.original = original;
    }

    /** What stands for a value of the original graph in the new one. */
    public Value of(Value value) {
        return replacements.getOrDefault(value, value);
    }

    /** Takes over a node of the original graph. */
    public Node keep(Node node) {
        List<Value> inputs = node.inputs().stream().map(this::of).toList();
        if (inputs.equals(node.inputs())) {
            nodes.add(node);
            return node;
        }
        Node copy = add(node.kind(), inputs, node.outputs());
        for (int i = 0; i < node.outputs().size(); i++) {
            replace(new Value(node, i), new Value(copy, i));
        }
        return copy;
    }

    /** Adds a new node. Its inputs are values of the new graph. */
    public Node add(Node.Kind kind, List<Value> inputs, List<TensorSpec> outputs) {
        Node node = new Node(kind, inputs, outputs);
        nodes.add(node);
        return node;
    }

    /** From now on a value of the new graph stands for one of the original. */
    public void replace(Value value, Value by) {
        replacements.put(value, by);
    }

    /** The new graph. It has the original's inputs and outputs. */
    public Graph finish() {
        return new Graph(
                nodes,
                original.inputs(),
                original.outputs().stream().map(this::of).toList());
    }
}
