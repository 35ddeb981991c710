package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The gradient of a linear layer's kernel, a product, and that of its bias, the sums of the product's right side,
 * become one op.
 */
final class FuseLinearBackward implements Pass {
    private static final FusedOp.LinearBackward OP = new FusedOp.LinearBackward();

    private record Match(Node product, Node sum) {}

    @Override
    public String name() {
        return "fuse-linear-backward";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Order order = new Order(graph);
        Uses uses = new Uses(graph);
        Map<Node, Match> matches = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            match(node, uses, matches)
                    .filter(match -> target.fuses(OP, specs(match.product)))
                    .filter(match -> order.merge(order.clusterOf(match.product), order.clusterOf(match.sum)))
                    .ifPresent(match -> {
                        matches.put(match.product, match);
                        matches.put(match.sum, match);
                    });
        }
        return order.rewrite(graph, matches, FuseLinearBackward::emit);
    }

    private static void emit(Match match, GraphRewriter rewriter) {
        List<TensorSpec> outputs = OP.infer(specs(match.product));
        List<Value> inputs = match.product.inputs().stream().map(rewriter::of).toList();
        Node fused = rewriter.add(new Node.Call(OP), inputs, outputs);
        rewriter.replace(new Value(match.product, 0), new Value(fused, 0));
        TensorSpec sums = match.sum.outputs().getFirst();
        Value bias = new Value(fused, 1);
        if (!outputs.get(1).equals(sums)) {
            Node shaped = rewriter.add(new Node.Call(new ShapeOp.Reshape(sums.shape())), List.of(bias), List.of(sums));
            bias = new Value(shaped, 0);
        }
        rewriter.replace(new Value(match.sum, 0), bias);
    }

    private static List<TensorSpec> specs(Node node) {
        return node.inputs().stream().map(Value::spec).toList();
    }

    private static Optional<Match> match(Node node, Uses uses, Map<Node, Match> taken) {
        if (!(node.kind() instanceof Node.Call(MatrixOp.Matmul(boolean left, boolean right)) && left && !right)
                || node.inputs().stream().anyMatch(input -> input.spec().shape().rank() != 2)) {
            return Optional.empty();
        }
        return sources(node.inputs().get(1)).stream()
                .flatMap(dy -> uses.of(dy).stream())
                .filter(user -> sumsRows(user) && !taken.containsKey(user))
                .findFirst()
                .map(sum -> new Match(node, sum));
    }

    /** The gradients as the product takes them, and before they were made rows. */
    private static List<Value> sources(Value dy) {
        List<Value> sources = new ArrayList<>(List.of(dy));
        if (dy.node().kind() instanceof Node.Call(ShapeOp.Reshape _)) {
            Value before = dy.node().inputs().getFirst();
            Shape shape = before.spec().shape();
            if (shape.rank() > 0 && shape.size(-1) == dy.spec().shape().size(-1)) {
                sources.add(before);
            }
        }
        return sources;
    }

    /** Whether a node sums over all axes but the last. */
    static boolean sumsRows(Node node) {
        if (!(node.kind() instanceof Node.Call(ReductionOp.Reduce reduce)) || reduce.kind() != ReductionOp.Kind.SUM) {
            return false;
        }
        Shape shape = node.inputs().getFirst().spec().shape();
        boolean[] reduced = reduce.reduced(shape);
        int last = reduced.length - 1;
        return last >= 1
                && !reduced[last]
                && Stream.iterate(0, axis -> axis + 1).limit(last).allMatch(axis -> reduced[axis]);
    }
}
