package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PooledConvolution.Kept;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.TensorSpec;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A convolution with its bias and the max pooling of it become one op, and relu, where nobody else uses what lies
 * between. In training so do their gradients, where they alone need what was pooled; which element of each window was
 * the largest is kept instead.
 */
final class FusePooling implements Pass {
    /** @param last the pooling, or the relu after it */
    private record Match(
            Node convolution, Node pool, Node last, PooledConvolution op, Optional<PooledBackward> backward) {
        private boolean isFused(PlanTarget target) {
            List<TensorSpec> inputs = specs(convolution);
            if (!target.fuses(op, inputs)) {
                return false;
            }
            return backward.isEmpty()
                    || target.fuses(
                            backward.get().op(),
                            backward.get().specs(convolution, op.infer(inputs).getFirst()));
        }
    }

    @Override
    public String name() {
        return "fuse-pooling";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Uses uses = new Uses(graph);
        Map<Node, Match> byConvolution = new IdentityHashMap<>();
        Map<Node, Match> byGradient = new IdentityHashMap<>();
        Map<Node, Match> dropped = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            match(node, uses, target).ifPresent(match -> {
                byConvolution.put(node, match);
                dropped.put(match.pool, match);
                dropped.put(match.last, match);
                match.backward.ifPresent(backward -> {
                    byGradient.put(backward.pool(), match);
                    backward.nodes().forEach(one -> dropped.put(one, match));
                });
            });
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        Map<Node, Value> winners = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            Match forward = byConvolution.get(node);
            Match gradient = byGradient.get(node);
            if (forward != null) {
                winners.put(node, new Value(emit(forward, rewriter), 0));
            } else if (gradient != null) {
                Value won = Objects.requireNonNull(winners.get(gradient.convolution), "the convolution comes first");
                gradient.backward.orElseThrow().emit(gradient.convolution, won, rewriter);
            } else if (!dropped.containsKey(node)) {
                rewriter.keep(node);
            }
        }
        return rewriter.finish();
    }

    private static Node emit(Match match, GraphRewriter rewriter) {
        Node convolution = match.convolution;
        List<Value> inputs = convolution.inputs().stream().map(rewriter::of).toList();
        Node fused = rewriter.add(new Node.Call(match.op), inputs, match.op.infer(specs(convolution)));
        if (match.op.kept() == Kept.PLACES) {
            rewriter.replace(new Value(convolution, 0), new Value(fused, 0));
        }
        rewriter.replace(new Value(match.last, 0), new Value(fused, match.op.kept() == Kept.NOTHING ? 0 : 1));
        return fused;
    }

    private static List<TensorSpec> specs(Node node) {
        return node.inputs().stream().map(Value::spec).toList();
    }

    private static Optional<Match> match(Node node, Uses uses, PlanTarget target) {
        if (!(node.kind() instanceof Node.Call(FusedOp.Convolution convolution))) {
            return Optional.empty();
        }
        return uses.of(new Value(node, 0)).stream()
                .filter(user -> user.kind() instanceof Node.Call(PoolingOp.MaxPool _))
                .findFirst()
                .flatMap(pool -> training(node, pool, uses)
                        .filter(match -> match.isFused(target))
                        .or(() -> Optional.of(forward(node, convolution, pool, uses))
                                .filter(match -> match.isFused(target))));
    }

    /** With the gradients. */
    private static Optional<Match> training(Node node, Node pool, Uses uses) {
        return PooledBackward.of(node, pool, uses).map(backward -> {
            Optional<Node> relu = PooledBackward.relu(pool, uses);
            Optional<PooledBackward> gated = relu.flatMap(one -> backward.through(pool, one, uses));
            Node last = gated.isPresent() ? relu.orElseThrow() : pool;
            PooledBackward all = gated.orElse(backward);
            return new Match(node, pool, last, all.forward(), Optional.of(all));
        });
    }

    /** Without. */
    private static Match forward(Node node, FusedOp.Convolution convolution, Node pool, Uses uses) {
        Optional<Node> relu = uses.only(new Value(pool, 0))
                .filter(user -> user.kind() instanceof Node.Call call && call.op() == UnaryOp.RELU);
        Kept kept = uses.only(new Value(node, 0)).isEmpty() ? Kept.PLACES : Kept.NOTHING;
        PoolingOp.MaxPool max = (PoolingOp.MaxPool) ((Node.Call) pool.kind()).op();
        PooledConvolution op = new PooledConvolution(convolution, max, relu.isPresent(), kept);
        return new Match(node, pool, relu.orElse(pool), op, Optional.empty());
    }
}
