package dev.lamina.graph.passes;

import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.FusedOp.Elementwise.Constant;
import dev.lamina.ops.FusedOp.Elementwise.Draw;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.ops.RandomOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Nodes of a graph as one op: elementwise ones of one shape, and uniform random numbers of that shape. */
final class ElementwiseChain {
    private final Map<Value, Integer> numbers = new LinkedHashMap<>();
    private final List<Value> inputs = new ArrayList<>();
    private final List<Value> results = new ArrayList<>();
    private final FusedOp.Elementwise op;

    ElementwiseChain(List<Node> members, Uses uses) {
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
        List<Node> computed = members.stream().filter(member -> !isDraw(member)).toList();
        List<Node> drawn = members.stream().filter(ElementwiseChain::isDraw).toList();
        List<Draw> draws = drawn.stream()
                .map(member -> new Draw(
                        number(member.inputs().getFirst()), value(member).spec().dtype()))
                .toList();
        int next = inputs.size() + distinct.size();
        List<Integer> outputs = new ArrayList<>();
        for (Node member : drawn) {
            number(member, next++, members, uses, outputs);
        }
        List<Instruction> instructions = new ArrayList<>();
        for (Node member : computed) {
            instructions.add(new Instruction(
                    elementwise(member),
                    member.inputs().stream().map(this::number).toList()));
            number(member, next++, members, uses, outputs);
        }
        op = new FusedOp.Elementwise(
                shape(members.getFirst()),
                inputs.stream().map(input -> input.spec().dtype()).toList(),
                List.copyOf(distinct.keySet()),
                draws,
                instructions,
                outputs);
    }

    private void number(Node member, int number, List<Node> members, Uses uses, List<Integer> outputs) {
        Value result = value(member);
        numbers.put(result, number);
        if (uses.isReturned(result) || uses.of(result).stream().anyMatch(user -> !members.contains(user))) {
            outputs.add(number);
            results.add(result);
        }
    }

    private int number(Value value) {
        Integer number = numbers.get(value);
        if (number == null) {
            throw new IllegalStateException("[passes] a value is used before it is computed: " + value.node());
        }
        return number;
    }

    /** Whether a node can be part of a chain. */
    static boolean fits(Node node) {
        return (isDraw(node) || node.kind() instanceof Node.Call(ElementwiseOp _))
                && shape(node).elements() > 0
                && isComputed(value(node).spec().dtype());
    }

    /** Whether a node draws uniform random numbers. */
    static boolean isDraw(Node node) {
        return node.kind() instanceof Node.Call(RandomOp.Uniform _);
    }

    private static boolean isComputed(DType type) {
        return type.isFloating() || type == DType.BOOL;
    }

    static Shape shape(Node node) {
        return value(node).spec().shape();
    }

    private static Value value(Node node) {
        return new Value(node, 0);
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
