package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.tensor.TensorSpec;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A matrix product that nothing uses but the gradient of relu becomes one op with it. */
final class FuseGatedProduct implements Pass {
    private record Match(Node product, Node gate, FusedOp.GatedProduct op) {
        /** The product's two sides, and the output of relu. */
        List<Value> inputs() {
            return Stream.concat(
                            product.inputs().stream(), gate.inputs().stream().limit(1))
                    .toList();
        }

        List<TensorSpec> specs() {
            return inputs().stream().map(Value::spec).toList();
        }
    }

    @Override
    public String name() {
        return "fuse-gated-product";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Uses uses = new Uses(graph);
        Map<Node, Match> byGate = new IdentityHashMap<>();
        Map<Node, Match> byProduct = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            match(node, uses)
                    .filter(match -> target.fuses(match.op, match.specs()))
                    .ifPresent(match -> {
                        byGate.put(match.gate, match);
                        byProduct.put(match.product, match);
                    });
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (Node node : graph.nodes()) {
            Match match = byGate.get(node);
            if (match != null) {
                List<Value> inputs = match.inputs().stream().map(rewriter::of).toList();
                Node fused = rewriter.add(new Node.Call(match.op), inputs, node.outputs());
                rewriter.replace(new Value(node, 0), new Value(fused, 0));
            } else if (!byProduct.containsKey(node)) {
                rewriter.keep(node);
            }
        }
        return rewriter.finish();
    }

    private static Optional<Match> match(Node product, Uses uses) {
        if (!(product.kind() instanceof Node.Call(MatrixOp.Matmul(boolean left, boolean right)))
                || product.inputs().get(1).spec().shape().rank() != 2) {
            return Optional.empty();
        }
        Value y = new Value(product, 0);
        return uses.only(y)
                .filter(gate -> gate.kind() instanceof Node.Call call
                        && call.op() == UnaryBackwardOp.RELU_BACKWARD
                        && gate.inputs().get(1).equals(y)
                        && gate.inputs().get(0).spec().equals(y.spec()))
                .map(gate -> new Match(product, gate, new FusedOp.GatedProduct(left, right)));
    }
}
