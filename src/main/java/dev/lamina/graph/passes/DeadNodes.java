package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Leaves out what nobody uses. Inputs and assignments stay. */
final class DeadNodes implements Pass {
    @Override
    public String name() {
        return "dead-nodes";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Set<Node> live = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.outputs().forEach(output -> live.add(output.node()));
        for (Node node : graph.nodes().reversed()) {
            if (live.contains(node) || node.kind() instanceof Node.Assign || node.kind() instanceof Node.Input) {
                live.add(node);
                node.inputs().stream().map(Value::node).forEach(live::add);
            }
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        graph.nodes().stream().filter(live::contains).forEach(rewriter::keep);
        return rewriter.finish();
    }
}
