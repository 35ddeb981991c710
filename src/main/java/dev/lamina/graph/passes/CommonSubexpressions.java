package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.Op;
import dev.lamina.tensor.Variable;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Computes the same op on the same values once, and uses a value that was assigned to a variable instead of reading it
 * back. Reads of a variable before and after an assignment are different values, and so are draws from a generator's
 * state before and after it was advanced. Users' own ops are left alone.
 */
final class CommonSubexpressions implements Pass {
    private record Key(Op op, List<Value> inputs) {}

    @Override
    public String name() {
        return "common-subexpressions";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        GraphRewriter rewriter = new GraphRewriter(graph);
        Map<Key, Node> first = new HashMap<>();
        Map<Variable, Value> assigned = new IdentityHashMap<>();
        for (Node node : graph.nodes()) {
            switch (node.kind()) {
                case Node.Input _, Node.Constant _ -> rewriter.keep(node);
                case Node.Read read -> {
                    Value value = assigned.get(read.variable());
                    if (value == null) {
                        rewriter.keep(node);
                    } else {
                        rewriter.replace(new Value(node, 0), value);
                    }
                }
                case Node.Assign assign -> {
                    rewriter.keep(node);
                    assigned.put(assign.variable(), rewriter.of(node.inputs().get(0)));
                }
                case Node.Call(CustomOp _) -> rewriter.keep(node);
                case Node.Call(Op op) -> {
                    Key key =
                            new Key(op, node.inputs().stream().map(rewriter::of).toList());
                    Node same = first.get(key);
                    if (same == null) {
                        first.put(key, rewriter.keep(node));
                    } else {
                        for (int i = 0; i < node.outputs().size(); i++) {
                            rewriter.replace(new Value(node, i), new Value(same, i));
                        }
                    }
                }
            }
        }
        return rewriter.finish();
    }
}
