package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.TensorSpec;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A convolution with its bias and the max pooling of it become one op; and relu, where nobody else uses what lies
 * between.
 */
final class FusePooling implements Pass {
    /** @param last the pooling, or the relu after it */
    private record Match(Node convolution, Node pool, Node last, PooledConvolution op) {}

    @Override
    public String name() {
        return "fuse-pooling";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Uses uses = new Uses(graph);
        Map<Node, Match> byConvolution = new IdentityHashMap<>();
        Map<Node, Match> dropped = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            match(node, uses)
                    .filter(match -> target.fuses(match.op, specs(node)))
                    .ifPresent(match -> {
                        byConvolution.put(node, match);
                        dropped.put(match.pool, match);
                        dropped.put(match.last, match);
                    });
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (Node node : graph.nodes()) {
            Match match = byConvolution.get(node);
            if (match != null) {
                emit(match, rewriter);
            } else if (!dropped.containsKey(node)) {
                rewriter.keep(node);
            }
        }
        return rewriter.finish();
    }

    private static void emit(Match match, GraphRewriter rewriter) {
        Node convolution = match.convolution;
        List<Value> inputs = convolution.inputs().stream().map(rewriter::of).toList();
        Node fused = rewriter.add(new Node.Call(match.op), inputs, match.op.infer(specs(convolution)));
        if (match.op.keeps()) {
            rewriter.replace(new Value(convolution, 0), new Value(fused, 0));
        }
        rewriter.replace(new Value(match.last, 0), new Value(fused, match.op.keeps() ? 1 : 0));
    }

    private static List<TensorSpec> specs(Node node) {
        return node.inputs().stream().map(Value::spec).toList();
    }

    private static Optional<Match> match(Node node, Uses uses) {
        if (!(node.kind() instanceof Node.Call(FusedOp.Convolution convolution))) {
            return Optional.empty();
        }
        Value y = new Value(node, 0);
        for (Node pool : uses.of(y)) {
            if (pool.kind() instanceof Node.Call(PoolingOp.MaxPool max)) {
                boolean keeps = uses.only(y).isEmpty();
                Optional<Node> relu = uses.only(new Value(pool, 0))
                        .filter(user -> user.kind() instanceof Node.Call call && call.op() == UnaryOp.RELU);
                PooledConvolution op = new PooledConvolution(convolution, max, relu.isPresent(), keeps);
                return Optional.of(new Match(node, pool, relu.orElse(pool), op));
            }
        }
        return Optional.empty();
    }
}
