package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.Op;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Max pooling of relu becomes relu of max pooling, which is the same and has fewer elements; so do their gradients. A
 * window's winner among the inputs of relu is its winner among the outputs too, unless the maximum is not above 0: then
 * relu's gradient is 0 whoever wins.
 */
final class PoolBeforeRelu implements Pass {
    /** What is pooled after relu, and, in training, the gradients. */
    private record Match(Node relu, Node pool, Optional<Backward> backward) {}

    /** The gradient of pooling, and that of relu, which alone uses it. */
    private record Backward(Node pool, Node relu) {}

    @Override
    public String name() {
        return "pool-before-relu";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Uses uses = new Uses(graph);
        Set<Node> dropped = Collections.newSetFromMap(new IdentityHashMap<>());
        Map<Node, Match> byPool = new IdentityHashMap<>();
        Map<Node, Match> byGradient = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            match(node, uses).ifPresent(match -> {
                dropped.add(match.relu);
                byPool.put(match.pool, match);
                match.backward.ifPresent(backward -> {
                    dropped.add(backward.pool);
                    byGradient.put(backward.relu, match);
                });
            });
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        Map<Node, Value> pooled = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            Match forward = byPool.get(node);
            Match backward = byGradient.get(node);
            if (forward != null) {
                Value x = rewriter.of(forward.relu.inputs().get(0));
                Value y = new Value(rewriter.add(node.kind(), List.of(x), node.outputs()), 0);
                pooled.put(node, y);
                add(rewriter, UnaryOp.RELU, List.of(y), node);
            } else if (backward != null) {
                backward(rewriter, backward, pooled);
            } else if (!dropped.contains(node)) {
                rewriter.keep(node);
            }
        }
        return rewriter.finish();
    }

    private static void backward(GraphRewriter rewriter, Match match, Map<Node, Value> pooled) {
        Backward backward = match.backward.orElseThrow();
        Value y = rewriter.of(new Value(match.pool, 0));
        Value dy = rewriter.of(backward.pool.inputs().get(2));
        Node.Kind gate = new Node.Call(UnaryBackwardOp.RELU_BACKWARD);
        Value gated = new Value(rewriter.add(gate, List.of(y, dy), List.of(dy.spec())), 0);
        Value x = rewriter.of(match.relu.inputs().get(0));
        Value before = pooled.get(match.pool);
        Node made = rewriter.add(backward.pool.kind(), List.of(x, before, gated), backward.relu.outputs());
        rewriter.replace(new Value(backward.relu, 0), new Value(made, 0));
    }

    private static void add(GraphRewriter rewriter, Op op, List<Value> inputs, Node instead) {
        Node made = rewriter.add(new Node.Call(op), inputs, instead.outputs());
        rewriter.replace(new Value(instead, 0), new Value(made, 0));
    }

    private static Optional<Match> match(Node relu, Uses uses) {
        Value y = new Value(relu, 0);
        if (!(relu.kind() instanceof Node.Call(Op op)) || op != UnaryOp.RELU || uses.isReturned(y)) {
            return Optional.empty();
        }
        List<Node> users = uses.of(y);
        List<Node> pools = users.stream().filter(PoolBeforeRelu::isPool).toList();
        if (pools.size() != 1) {
            return Optional.empty();
        }
        Node pool = pools.get(0);
        if (users.size() == 1) {
            return Optional.of(new Match(relu, pool, Optional.empty()));
        }
        return users.stream()
                .filter(user -> isGradient(user, y, pool))
                .findFirst()
                .flatMap(gradient -> uses.only(new Value(gradient, 0))
                        .filter(last -> isGate(last, y, new Value(gradient, 0)))
                        .map(last -> new Backward(gradient, last)))
                .filter(backward ->
                        Set.copyOf(users).equals(Set.of(pool, backward.pool, backward.relu)) && users.size() == 3)
                .map(backward -> new Match(relu, pool, Optional.of(backward)));
    }

    private static boolean isPool(Node node) {
        return node.kind() instanceof Node.Call(Op op) && op instanceof PoolingOp.MaxPool;
    }

    private static boolean isGradient(Node node, Value relu, Node pool) {
        return node.kind() instanceof Node.Call(Op op)
                && op instanceof PoolingOp.MaxPoolBackward gradient
                && pool.kind() instanceof Node.Call(Op forward)
                && forward instanceof PoolingOp.MaxPool max
                && max.window().equals(gradient.window())
                && node.inputs().subList(0, 2).equals(List.of(relu, new Value(pool, 0)));
    }

    private static boolean isGate(Node node, Value relu, Value gradient) {
        return node.kind() instanceof Node.Call(Op op)
                && op == UnaryBackwardOp.RELU_BACKWARD
                && node.inputs().equals(List.of(relu, gradient));
    }
}
