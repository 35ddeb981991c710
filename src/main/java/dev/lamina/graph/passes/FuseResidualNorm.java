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
 * Layer normalization takes the sum before it, a block's input and its residual, and its gradient takes the sums before
 * and after it, those of the gradients of all that its output and its input go to. A sum that ends a chain of
 * elementwise ops is left to the chain, which reads and writes as much for it.
 */
final class FuseResidualNorm implements Pass {
    /** What {@link ResidualNorm.Backward} calls dy. */
    private static final int DY = 4;

    /**
     * A normalization and sums that become one op.
     *
     * @param replaced the values of the nodes that the op's outputs stand for, in their order
     */
    private record Match(FusedOp op, List<Value> inputs, List<Value> replaced) {
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
            List<Node> sums = sums(node, uses).stream()
                    .filter(sum -> !matches.containsKey(sum))
                    .filter(sum -> fuses(target, node, List.of(sum), uses))
                    .filter(sum -> order.merge(order.clusterOf(node), order.clusterOf(sum)))
                    .toList();
            if (!sums.isEmpty()) {
                Match match = match(node, sums, uses);
                matches.put(node, match);
                sums.forEach(sum -> matches.put(sum, match));
            }
        }
        return order.rewrite(graph, matches, Match::emit);
    }

    private static boolean fuses(PlanTarget target, Node norm, List<Node> sums, Uses uses) {
        Match match = match(norm, sums, uses);
        return target.fuses(match.op, match.specs());
    }

    /** The sums that a normalization or its gradient could take. */
    private static List<Node> sums(Node norm, Uses uses) {
        List<Node> sums = new ArrayList<>();
        if (norm.kind() instanceof Node.Call(NormalizationOp.LayerNorm _)) {
            before(norm.inputs().getFirst(), uses).ifPresent(sums::add);
        } else if (norm.kind() instanceof Node.Call(NormalizationOp.LayerNormBackward _)) {
            Value dy = norm.inputs().get(DY);
            before(dy, uses).filter(_ -> uses.only(dy).isPresent()).ifPresent(sums::add);
            uses.only(new Value(norm, 0)).filter(FuseResidualNorm::isSum).ifPresent(sums::add);
        }
        return sums;
    }

    private static Optional<Node> before(Value value, Uses uses) {
        return Optional.of(value.node())
                .filter(FuseResidualNorm::isSum)
                .filter(sum -> sum.inputs().stream().noneMatch(input -> endsAChain(input, uses)));
    }

    private static Match match(Node norm, List<Node> sums, Uses uses) {
        return switch (norm.kind()) {
            case Node.Call(NormalizationOp.LayerNorm op) -> forward(norm, op, uses);
            case Node.Call(NormalizationOp.LayerNormBackward op) -> backward(norm, op, sums);
            case Node.Kind other -> throw new IllegalStateException("[passes] not a layer normalization: " + other);
        };
    }

    private static Match forward(Node norm, NormalizationOp.LayerNorm op, Uses uses) {
        Value x = norm.inputs().getFirst();
        boolean keeps = uses.only(x).isEmpty();
        List<Value> inputs = new ArrayList<>(x.node().inputs());
        inputs.addAll(norm.inputs().subList(1, 3));
        List<Value> replaced = new ArrayList<>(List.of(new Value(norm, 0), new Value(norm, 1), new Value(norm, 2)));
        if (keeps) {
            replaced.add(x);
        }
        return new Match(new ResidualNorm(op, keeps), inputs, replaced);
    }

    private static Match backward(Node norm, NormalizationOp.LayerNormBackward op, List<Node> sums) {
        Value dx = new Value(norm, 0);
        List<Value> inputs = new ArrayList<>(norm.inputs());
        boolean before = sums.contains(inputs.get(DY).node());
        boolean after = !before || sums.size() > 1;
        if (before) {
            List<Value> summands = inputs.get(DY).node().inputs();
            inputs.set(DY, summands.get(0));
            inputs.add(summands.get(1));
        }
        if (after) {
            Node sum = sums.getLast();
            inputs.add(sum.inputs().get(sum.inputs().get(0).equals(dx) ? 1 : 0));
            dx = new Value(sum, 0);
        }
        return new Match(
                new ResidualNorm.Backward(op, before, after),
                inputs,
                List.of(dx, new Value(norm, 1), new Value(norm, 2)));
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
