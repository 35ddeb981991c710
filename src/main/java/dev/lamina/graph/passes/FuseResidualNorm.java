package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.ResidualNorm;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Layer normalization takes the sum before it, a block's input and its residual, and its gradient takes the sum after
 * it, that of the gradients of both. A sum that ends a chain of elementwise ops is left to the chain, which reads and
 * writes as much for it.
 */
final class FuseResidualNorm implements Pass {
    /**
     * A sum and a normalization that become one op.
     *
     * @param replaced the values of the two nodes that the op's outputs stand for, in their order
     */
    private record Match(Node norm, Node sum, FusedOp op, List<Value> inputs, List<Value> replaced) {
        List<TensorSpec> specs() {
            return inputs.stream().map(Value::spec).toList();
        }

        void emit(GraphRewriter rewriter) {
            Node fused = rewriter.add(
                    new Node.Call(op), inputs.stream().map(rewriter::of).toList(), op.infer(specs()));
            for (int i = 0; i < replaced.size(); i++) {
                rewriter.replace(replaced.get(i), new Value(fused, i));
            }
        }
    }

    @Override
    public String name() {
        return "fuse-residual-norm";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Order order = new Order(graph);
        Uses uses = new Uses(graph);
        Map<Node, Match> matches = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            forward(node, uses)
                    .or(() -> backward(node, uses))
                    .filter(match -> !matches.containsKey(match.sum))
                    .filter(match -> target.fuses(match.op, match.specs()))
                    .filter(match -> order.merge(order.clusterOf(match.norm), order.clusterOf(match.sum)))
                    .ifPresent(match -> {
                        matches.put(match.norm, match);
                        matches.put(match.sum, match);
                    });
        }
        if (matches.isEmpty()) {
            return graph;
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (int cluster : order.sorted()) {
            Node first = graph.nodes().get(order.members(cluster).getFirst());
            Match match = matches.get(first);
            if (match == null) {
                rewriter.keep(first);
            } else {
                match.emit(rewriter);
            }
        }
        return rewriter.finish();
    }

    private static Optional<Match> forward(Node norm, Uses uses) {
        if (!(norm.kind() instanceof Node.Call(NormalizationOp.LayerNorm op))) {
            return Optional.empty();
        }
        Value x = norm.inputs().getFirst();
        Node sum = x.node();
        if (!isSum(sum) || sum.inputs().stream().anyMatch(input -> endsAChain(input, uses))) {
            return Optional.empty();
        }
        boolean keeps = uses.only(x).isEmpty();
        List<Value> inputs = new ArrayList<>(sum.inputs());
        inputs.addAll(norm.inputs().subList(1, 3));
        List<Value> replaced = new ArrayList<>(List.of(new Value(norm, 0), new Value(norm, 1), new Value(norm, 2)));
        if (keeps) {
            replaced.add(x);
        }
        return Optional.of(new Match(norm, sum, new ResidualNorm(op, keeps), inputs, replaced));
    }

    private static Optional<Match> backward(Node norm, Uses uses) {
        if (!(norm.kind() instanceof Node.Call(NormalizationOp.LayerNormBackward op))) {
            return Optional.empty();
        }
        Value dx = new Value(norm, 0);
        return uses.only(dx).filter(FuseResidualNorm::isSum).map(sum -> {
            List<Value> inputs = new ArrayList<>(norm.inputs());
            inputs.add(sum.inputs().get(sum.inputs().get(0).equals(dx) ? 1 : 0));
            return new Match(
                    norm,
                    sum,
                    new ResidualNorm.Backward(op),
                    inputs,
                    List.of(new Value(sum, 0), new Value(norm, 1), new Value(norm, 2)));
        });
    }

    /** Whether a node adds two tensors of one shape. */
    private static boolean isSum(Node node) {
        return node.kind() instanceof Node.Call(BinaryOp op)
                && op == BinaryOp.ADD
                && node.inputs().stream()
                        .allMatch(input -> input.spec().equals(node.outputs().getFirst()));
    }

    /** Whether a value comes of a chain of elementwise ops that the sum could be a part of, and goes nowhere else. */
    private static boolean endsAChain(Value value, Uses uses) {
        return ElementwiseChain.fits(value.node()) && uses.only(value).isPresent();
    }
}
