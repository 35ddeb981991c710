package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A convolution and the addition of a bias become one op, where nobody else uses what lies between. */
final class FuseConvolution implements Pass {
    private record Match(Node convolution, Node sum, FusedOp.Convolution op) {
        List<TensorSpec> specs() {
            return Stream.of(
                            convolution.inputs().get(0),
                            convolution.inputs().get(1),
                            sum.inputs().get(1))
                    .map(Value::spec)
                    .toList();
        }
    }

    @Override
    public String name() {
        return "fuse-convolution";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Uses uses = new Uses(graph);
        Map<Node, Match> bySum = new IdentityHashMap<>();
        Map<Node, Match> byConvolution = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            match(node, uses)
                    .filter(match -> target.fuses(match.op, match.specs()))
                    .ifPresent(match -> {
                        bySum.put(match.sum, match);
                        byConvolution.put(match.convolution, match);
                    });
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (Node node : graph.nodes()) {
            Match match = bySum.get(node);
            if (match != null) {
                List<Value> inputs = List.of(
                        rewriter.of(match.convolution.inputs().get(0)),
                        rewriter.of(match.convolution.inputs().get(1)),
                        rewriter.of(node.inputs().get(1)));
                Node fused = rewriter.add(new Node.Call(match.op), inputs, node.outputs());
                rewriter.replace(new Value(node, 0), new Value(fused, 0));
            } else if (!byConvolution.containsKey(node)) {
                rewriter.keep(node);
            }
        }
        return rewriter.finish();
    }

    private static Optional<Match> match(Node node, Uses uses) {
        if (!(node.kind() instanceof Node.Call call && call.op() instanceof ConvolutionOp.Conv convolution)) {
            return Optional.empty();
        }
        Value y = new Value(node, 0);
        Shape bias = Shape.of(y.spec().shape().size(-1));
        return uses.only(y)
                .filter(sum -> sum.kind() instanceof Node.Call add && add.op() == BinaryOp.ADD)
                .filter(sum -> sum.inputs().get(0).equals(y)
                        && sum.inputs().get(1).spec().shape().equals(bias))
                .map(sum -> new Match(node, sum, new FusedOp.Convolution(convolution.window(), convolution.groups())));
    }
}
