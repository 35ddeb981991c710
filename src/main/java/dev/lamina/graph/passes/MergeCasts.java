package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Casts of variables and arguments to one type become one op: what a step in mixed precision begins with. Other casts
 * stay where they are, since they belong to what gives their input.
 */
final class MergeCasts implements Pass {
    /** Casts from one type to another. */
    private record Types(DType from, DType to) {}

    @Override
    public String name() {
        return "merge-casts";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Order order = new Order(graph);
        Map<Types, Node> firsts = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (node.kind() instanceof Node.Call(ElementwiseOp.Cast cast) && isOfWhatIsThere(node)) {
                TensorSpec from = node.inputs().getFirst().spec();
                if (target.fuses(new FusedOp.Casts(cast.dtype()), List.of(from))) {
                    Node first = firsts.putIfAbsent(new Types(from.dtype(), cast.dtype()), node);
                    if (first != null) {
                        order.merge(order.clusterOf(first), order.clusterOf(node));
                    }
                }
            }
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (int cluster : order.sorted()) {
            List<Node> members =
                    order.members(cluster).stream().map(graph.nodes()::get).toList();
            if (members.size() == 1) {
                rewriter.keep(members.getFirst());
            } else {
                emit(members, rewriter);
            }
        }
        return rewriter.finish();
    }

    private static boolean isOfWhatIsThere(Node cast) {
        return switch (cast.inputs().getFirst().node().kind()) {
            case Node.Read _, Node.Input _, Node.Constant _ -> true;
            case Node.Assign _, Node.Call _ -> false;
        };
    }

    private static void emit(List<Node> casts, GraphRewriter rewriter) {
        List<Value> inputs = new ArrayList<>();
        List<TensorSpec> outputs = new ArrayList<>();
        for (Node cast : casts) {
            inputs.add(rewriter.of(cast.inputs().getFirst()));
            outputs.add(cast.outputs().getFirst());
        }
        FusedOp.Casts op = new FusedOp.Casts(outputs.getFirst().dtype());
        Node merged = rewriter.add(new Node.Call(op), inputs, outputs);
        for (int i = 0; i < casts.size(); i++) {
            rewriter.replace(new Value(casts.get(i), 0), new Value(merged, i));
        }
    }
}
