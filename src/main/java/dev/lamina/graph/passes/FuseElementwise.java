package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.FusedOp.Elementwise.Constant;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Chains of elementwise ops of one shape become one op, which reads and writes memory once. Between its ops a chain
 * rounds to 16-bit types as the ops alone do.
 */
final class FuseElementwise implements Pass {
    /** A longer chain gains nothing more. */
    private static final int MOST_OPS = 64;

    @Override
    public String name() {
        return "fuse-elementwise";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        List<Node> nodes = graph.nodes();
        Order order = new Order(graph);
        Uses uses = new Uses(graph);
        for (Node node : nodes) {
            if (!fits(node)) {
                continue;
            }
            for (Value input : node.inputs()) {
                if (fits(input.node()) && shape(input.node()).equals(shape(node))) {
                    int one = order.clusterOf(input.node());
                    int other = order.clusterOf(node);
                    boolean small =
                            order.members(one).size() + order.members(other).size() <= MOST_OPS;
                    if (one != other
                            && small
                            && chain(order, one, other, nodes, uses).isFusedBy(target)) {
                        order.merge(one, other);
                    }
                }
            }
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (int cluster : order.sorted()) {
            List<Node> members = order.members(cluster).stream().map(nodes::get).toList();
            if (members.size() > 1) {
                Chain chain = new Chain(members, uses);
                if (chain.isFusedBy(target)) {
                    chain.emit(rewriter);
                    continue;
                }
            }
            members.forEach(rewriter::keep);
        }
        return rewriter.finish();
    }

    /** What two clusters together would be. */
    private static Chain chain(Order order, int one, int other, List<Node> nodes, Uses uses) {
        List<Node> members = Stream.concat(order.members(one).stream(), order.members(other).stream())
                .sorted()
                .map(nodes::get)
                .toList();
        return new Chain(members, uses);
    }

    private static boolean fits(Node node) {
        return node.kind() instanceof Node.Call call
                && call.op() instanceof ElementwiseOp
                && shape(node).elements() > 0
                && isComputed(node.outputs().get(0).dtype());
    }

    private static boolean isComputed(DType type) {
        return type.isFloating() || type == DType.BOOL;
    }

    private static Shape shape(Node node) {
        return node.outputs().get(0).shape();
    }

    /** The nodes of a cluster as one op. */
    private static final class Chain {
        private final Map<Value, Integer> numbers = new LinkedHashMap<>();
        private final List<Value> inputs = new ArrayList<>();
        private final List<Value> results = new ArrayList<>();
        private final FusedOp.Elementwise op;

        Chain(List<Node> members, Uses uses) {
            Map<Value, Constant> constants = new LinkedHashMap<>();
            for (Node member : members) {
                for (Value input : member.inputs()) {
                    boolean inside = members.contains(input.node());
                    if (!inside && input.node().kind() instanceof Node.Call(SourceOp.Fill fill)) {
                        constants.put(input, new Constant(fill.value(), fill.dtype()));
                    } else if (!inside && !inputs.contains(input)) {
                        inputs.add(input);
                    }
                }
            }
            inputs.forEach(input -> numbers.put(input, numbers.size()));
            Map<Constant, Integer> distinct = new LinkedHashMap<>();
            constants.forEach((value, constant) ->
                    numbers.put(value, inputs.size() + distinct.computeIfAbsent(constant, c -> distinct.size())));
            int next = inputs.size() + distinct.size();
            List<Instruction> instructions = new ArrayList<>();
            List<Integer> outputs = new ArrayList<>();
            for (Node member : members) {
                instructions.add(new Instruction(
                        elementwise(member),
                        member.inputs().stream().map(numbers::get).toList()));
                Value result = new Value(member, 0);
                numbers.put(result, next);
                if (uses.isReturned(result) || uses.of(result).stream().anyMatch(user -> !members.contains(user))) {
                    outputs.add(next);
                    results.add(result);
                }
                next++;
            }
            op = new FusedOp.Elementwise(
                    shape(members.get(0)),
                    inputs.stream().map(input -> input.spec().dtype()).toList(),
                    List.copyOf(distinct.keySet()),
                    instructions,
                    outputs);
        }

        private static ElementwiseOp elementwise(Node node) {
            return switch (node.kind()) {
                case Node.Call(ElementwiseOp elementwise) -> elementwise;
                case Node.Kind other -> throw new IllegalStateException("[passes] not elementwise: " + other);
            };
        }

        boolean isFusedBy(PlanTarget target) {
            return target.fuses(op, inputs.stream().map(Value::spec).toList());
        }

        void emit(GraphRewriter rewriter) {
            List<TensorSpec> specs = results.stream().map(Value::spec).toList();
            Node fused = rewriter.add(
                    new Node.Call(op), inputs.stream().map(rewriter::of).toList(), specs);
            for (int i = 0; i < results.size(); i++) {
                rewriter.replace(results.get(i), new Value(fused, i));
            }
        }
    }
}
