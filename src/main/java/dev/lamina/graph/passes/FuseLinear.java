package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A matrix product, the addition of a bias and an activation become one op, where nobody else uses what lies between.
 */
final class FuseLinear implements Pass {
    /** A product and what follows it. */
    private record Match(Node product, Node sum, Value bias, Optional<Node> activation, FusedOp.Linear op) {
        Node last() {
            return activation.orElse(sum);
        }

        List<TensorSpec> specs() {
            return Stream.of(product.inputs().get(0), product.inputs().get(1), bias)
                    .map(Value::spec)
                    .toList();
        }
    }

    @Override
    public String name() {
        return "fuse-linear";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Uses uses = new Uses(graph);
        Map<Node, Match> byLast = new IdentityHashMap<>();
        Map<Node, Match> parts = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            match(node, uses)
                    .filter(match -> target.fuses(match.op(), match.specs()))
                    .ifPresent(match -> {
                        byLast.put(match.last(), match);
                        parts.put(match.product(), match);
                        parts.put(match.sum(), match);
                    });
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (Node node : graph.nodes()) {
            Match match = byLast.get(node);
            if (match != null) {
                List<Value> inputs = List.of(
                        rewriter.of(match.product().inputs().get(0)),
                        rewriter.of(match.product().inputs().get(1)),
                        rewriter.of(match.bias()));
                Node fused = rewriter.add(new Node.Call(match.op()), inputs, node.outputs());
                rewriter.replace(new Value(node, 0), new Value(fused, 0));
            } else if (!parts.containsKey(node)) {
                rewriter.keep(node);
            }
        }
        return rewriter.finish();
    }

    private static Optional<Match> match(Node product, Uses uses) {
        if (!(product.kind() instanceof Node.Call call && call.op() instanceof MatrixOp.Matmul matmul)
                || product.inputs().get(1).spec().shape().rank() != 2) {
            return Optional.empty();
        }
        Value y = new Value(product, 0);
        Shape bias = Shape.of(y.spec().shape().size(-1));
        return uses.only(y)
                .filter(sum -> sum.kind() instanceof Node.Call add && add.op() == BinaryOp.ADD)
                // The product comes first: a sum of the two in the other order would give the same bits too.
                .filter(sum -> sum.inputs().get(0).equals(y)
                        && sum.inputs().get(1).spec().shape().equals(bias))
                .map(sum -> {
                    Optional<Node> activation = uses.only(new Value(sum, 0)).filter(FuseLinear::isActivation);
                    FusedOp.Linear op = new FusedOp.Linear(
                            matmul.transposeA(), matmul.transposeB(), activation.map(FuseLinear::activation));
                    return new Match(product, sum, sum.inputs().get(1), activation, op);
                });
    }

    private static boolean isActivation(Node node) {
        return node.kind() instanceof Node.Call call
                && call.op() instanceof UnaryOp unary
                && unary.infer(List.of(node.inputs().get(0).spec()))
                        .get(0)
                        .equals(node.inputs().get(0).spec());
    }

    private static UnaryOp activation(Node node) {
        return switch (node.kind()) {
            case Node.Call(UnaryOp unary) -> unary;
            case Node.Kind other -> throw new IllegalStateException("[passes] no activation: " + other);
        };
    }
}
