package dev.lamina.graph;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A traced program: nodes in the order of execution, the inputs among them, and the values it gives. */
public record Graph(List<Node> nodes, List<Node> inputs, List<Value> outputs) {
    public Graph {
        nodes = List.copyOf(nodes);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Releases the tensors that the graph keeps as constants. */
    public void close() {
        for (Node node : nodes) {
            if (node.kind() instanceof Node.Constant constant) {
                constant.tensor().release("its graph was closed");
            }
        }
    }

    /** One line a node: {@code %3 = relu %2 : float32 (32, 64)}. */
    @Override
    public String toString() {
        Map<Node, Integer> numbers = new IdentityHashMap<>();
        StringBuilder out = new StringBuilder();
        for (Node node : nodes) {
            numbers.put(node, numbers.size());
            String inputs =
                    node.inputs().stream().map(value -> name(numbers, value)).collect(Collectors.joining(", "));
            out.append('%').append(numbers.get(node)).append(" = ").append(node);
            out.append(inputs.isEmpty() ? "" : " " + inputs);
            out.append(
                    node.outputs().isEmpty()
                            ? ""
                            : " : " + node.outputs().toString().replaceAll("^\\[|]$", ""));
            out.append('\n');
        }
        String results = outputs.stream().map(value -> name(numbers, value)).collect(Collectors.joining(", "));
        return out.append("return ").append(results).toString();
    }

    private static String name(Map<Node, Integer> numbers, Value value) {
        return "%" + numbers.get(value.node()) + (value.node().outputs().size() > 1 ? "." + value.output() : "");
    }
}
