package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import java.util.List;
import java.util.stream.Stream;

/**
 * Chains of elementwise ops of one shape become one op, which reads and writes memory once; uniform random numbers that
 * such ops use are drawn in it. Between its ops a chain rounds to 16-bit types as the ops alone do.
 */
final class FuseElementwise implements Pass {
    /** A longer chain gains nothing more. */
    private static final int MOST_OPS = 64;

    @Override
    public String name() {
        return "fuse-elementwise";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        List<Node> nodes = graph.nodes();
        Order order = new Order(graph);
        Uses uses = new Uses(graph);
        for (Node node : nodes) {
            if (!ElementwiseChain.fits(node)) {
                continue;
            }
            for (Value input : node.inputs()) {
                if (ElementwiseChain.fits(input.node())
                        && ElementwiseChain.shape(input.node()).equals(ElementwiseChain.shape(node))) {
                    int one = order.clusterOf(input.node());
                    int other = order.clusterOf(node);
                    boolean small =
                            order.members(one).size() + order.members(other).size() <= MOST_OPS;
                    if (one != other
                            && small
                            && chain(order, one, other, nodes, uses).isFusedBy(target)) {
                        order.merge(one, other);
                    }
                }
            }
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (int cluster : order.sorted()) {
            List<Node> members = order.members(cluster).stream().map(nodes::get).toList();
            if (members.size() > 1) {
                ElementwiseChain chain = new ElementwiseChain(members, uses);
                if (chain.isFusedBy(target)) {
                    chain.emit(rewriter);
                    continue;
                }
            }
            members.forEach(rewriter::keep);
        }
        return rewriter.finish();
    }

    /** What two clusters together would be. */
    private static ElementwiseChain chain(Order order, int one, int other, List<Node> nodes, Uses uses) {
        List<Node> members = Stream.concat(order.members(one).stream(), order.members(other).stream())
                .sorted()
                .map(nodes::get)
                .toList();
        return new ElementwiseChain(members, uses);
    }
}
