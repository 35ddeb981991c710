package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;

/**
 * Which node of a graph must come before which: by data, and by the effects on variables (reads, then the assignment
 * that follows them, then the reads after it). Nodes can be merged; the order is then one of clusters.
 */
final class Order {
    private final List<Node> nodes;
    private final List<List<Integer>> after = new ArrayList<>();
    private final int[] cluster;
    private final List<List<Integer>> members = new ArrayList<>();
    private final Map<Node, Integer> positions = new IdentityHashMap<>();

    Order(Graph graph) {
        nodes = graph.nodes();
        cluster = new int[nodes.size()];
        Map<Variable, Integer> assigned = new IdentityHashMap<>();
        Map<Variable, List<Integer>> readSince = new IdentityHashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            int at = i;
            after.add(new ArrayList<>());
            cluster[i] = i;
            members.add(new ArrayList<>(List.of(i)));
            positions.put(node, i);
            node.inputs().forEach(input -> before(position(input.node()), at));
            switch (node.kind()) {
                case Node.Read read -> {
                    Integer last = assigned.get(read.variable());
                    if (last != null) {
                        before(last, i);
                    }
                    readSince
                            .computeIfAbsent(read.variable(), v -> new ArrayList<>())
                            .add(i);
                }
                case Node.Assign assign -> {
                    List<Integer> reads = readSince.remove(assign.variable());
                    if (reads != null) {
                        reads.forEach(read -> before(read, at));
                    }
                    Integer last = assigned.put(assign.variable(), i);
                    if (last != null) {
                        before(last, i);
                    }
                }
                case Node.Input _, Node.Constant _, Node.Call _ -> {}
            }
        }
    }

    private void before(int first, int then) {
        after.get(first).add(then);
    }

    private int position(Node node) {
        return Objects.requireNonNull(positions.get(node), "a node uses a value that no earlier node gives");
    }

    int clusterOf(Node node) {
        return cluster[position(node)];
    }

    /** The nodes of a cluster, in their original order. */
    List<Integer> members(int ofCluster) {
        return members.get(ofCluster);
    }

    /** Merges two clusters, unless another one would then have to come both before and after. */
    boolean merge(int one, int other) {
        if (leadsAround(one, other) || leadsAround(other, one)) {
            return false;
        }
        for (int node : members.get(other)) {
            cluster[node] = one;
        }
        members.get(one).addAll(members.get(other));
        members.get(one).sort(null);
        members.get(other).clear();
        return true;
    }

    /** Whether there is a way from one cluster to another through a third. */
    private boolean leadsAround(int from, int to) {
        boolean[] seen = new boolean[nodes.size()];
        List<Integer> open = new ArrayList<>();
        seen[from] = true;
        open.add(from);
        while (!open.isEmpty()) {
            int at = open.removeLast();
            for (int node : members.get(at)) {
                for (int next : after.get(node)) {
                    int reached = cluster[next];
                    if (reached == to && at != from) {
                        return true;
                    }
                    if (reached != to && !seen[reached]) {
                        seen[reached] = true;
                        open.add(reached);
                    }
                }
            }
        }
        return false;
    }

    /**
     * The graph in the clusters' order, in which one op stands for each cluster that was matched.
     *
     * @param matches what each matched node belongs to; all nodes of a cluster to the same
     * @param emit adds the op
     */
    <M> Graph rewrite(Graph graph, Map<Node, M> matches, BiConsumer<M, GraphRewriter> emit) {
        if (matches.isEmpty()) {
            return graph;
        }
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (int at : sorted()) {
            Node first = nodes.get(members(at).getFirst());
            M match = matches.get(first);
            if (match == null) {
                rewriter.keep(first);
            } else {
                emit.accept(match, rewriter);
            }
        }
        return rewriter.finish();
    }

    /** The clusters in an order that respects all, as near as possible to the original one. */
    List<Integer> sorted() {
        int[] waitingFor = new int[nodes.size()];
        for (int node = 0; node < nodes.size(); node++) {
            for (int next : after.get(node)) {
                if (cluster[next] != cluster[node]) {
                    waitingFor[cluster[next]]++;
                }
            }
        }
        PriorityQueue<Integer> ready = new PriorityQueue<>((a, b) ->
                Integer.compare(members.get(a).getLast(), members.get(b).getLast()));
        for (int one = 0; one < nodes.size(); one++) {
            if (!members.get(one).isEmpty() && waitingFor[one] == 0) {
                ready.add(one);
            }
        }
        List<Integer> sorted = new ArrayList<>();
        while (!ready.isEmpty()) {
            int one = ready.remove();
            sorted.add(one);
            for (int node : members.get(one)) {
                for (int next : after.get(node)) {
                    int then = cluster[next];
                    if (then != one && --waitingFor[then] == 0) {
                        ready.add(then);
                    }
                }
            }
        }
        return sorted;
    }
}
