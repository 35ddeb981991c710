package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is made of uniform random numbers and constants alone, such as dropout's choice, is drawn again for each
 * elementwise op that uses it, with the same state of the generator: {@link FuseElementwise} then makes it a part of
 * each, and none is stored for the backward pass. The generators' states are moved on at the end, so that they need no
 * copy.
 */
final class DrawAgain implements Pass {
    /** More ops would take longer than to read what they gave. */
    private static final int MOST_OPS = 4;

    @Override
    public String name() {
        return "draw-again";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        Map<Node, List<Value>> again = new Search(graph, target).again();
        return again.isEmpty() ? graph : rewrite(graph, again);
    }

    private static Graph rewrite(Graph graph, Map<Node, List<Value>> again) {
        Set<Node> late = advances(graph);
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (Node node : graph.nodes()) {
            if (late.contains(node)) {
                continue;
            }
            Map<Value, Value> kept = new HashMap<>();
            for (Value choice : again.getOrDefault(node, List.of())) {
                kept.put(choice, rewriter.of(choice));
                rewriter.replace(choice, copy(choice, rewriter));
            }
            rewriter.keep(node);
            kept.forEach(rewriter::replace);
        }
        graph.nodes().stream().filter(late::contains).forEach(rewriter::keep);
        return rewriter.finish();
    }

    private static Value copy(Value value, GraphRewriter rewriter) {
        Node node = value.node();
        List<Value> inputs = ElementwiseChain.isDraw(node)
                ? node.inputs().stream().map(rewriter::of).toList()
                : node.inputs().stream()
                        .map(input -> isConstant(input) ? rewriter.of(input) : copy(input, rewriter))
                        .toList();
        return new Value(rewriter.add(node.kind(), inputs, node.outputs()), 0);
    }

    private static boolean isConstant(Value value) {
        return value.node().kind() instanceof Node.Call(SourceOp.Fill _);
    }

    /**
     * The assignments of states that draws read, each with what computes its value, where nothing else asks for them.
     */
    private static Set<Node> advances(Graph graph) {
        Uses uses = new Uses(graph);
        Map<Variable, List<Node>> touched = new IdentityHashMap<>();
        Set<Variable> drawn = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node node : graph.nodes()) {
            switch (node.kind()) {
                case Node.Read(Variable variable) ->
                    touched.computeIfAbsent(variable, v -> new ArrayList<>()).add(node);
                case Node.Assign(Variable variable) ->
                    touched.computeIfAbsent(variable, v -> new ArrayList<>()).add(node);
                case Node.Call _
                when ElementwiseChain.isDraw(node) -> {
                    if (node.inputs().getFirst().node().kind() instanceof Node.Read(Variable variable)) {
                        drawn.add(variable);
                    }
                }
                case Node.Input _, Node.Constant _, Node.Call _ -> {}
            }
        }
        Set<Node> late = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Variable variable : drawn) {
            List<Node> nodes = touched.getOrDefault(variable, List.of());
            Node last = nodes.getLast();
            boolean once = nodes.stream()
                            .filter(node -> node.kind() instanceof Node.Assign)
                            .count()
                    == 1;
            if (once && last.kind() instanceof Node.Assign) {
                Value next = last.inputs().getFirst();
                if (next.node().kind() instanceof Node.Call && uses.only(next).isPresent()) {
                    late.add(next.node());
                    late.add(last);
                }
            }
        }
        return late;
    }

    /** Which values are drawn again for which nodes. */
    private static final class Search {
        private final Graph graph;
        private final PlanTarget target;
        private final Uses uses;
        /** What each value is made of, itself the last; for those that are made of draws and constants alone. */
        private final Map<Node, List<Node>> drawn = new IdentityHashMap<>();

        Search(Graph graph, PlanTarget target) {
            this.graph = graph;
            this.target = target;
            uses = new Uses(graph);
        }

        Map<Node, List<Value>> again() {
            Map<Node, List<Value>> again = new IdentityHashMap<>();
            graph.nodes().forEach(this::trace);
            for (Node node : graph.nodes()) {
                if (drawn.containsKey(node)) {
                    Value choice = new Value(node, 0);
                    List<Node> users = uses.of(choice).stream()
                            .filter(user -> !drawn.containsKey(user))
                            .distinct()
                            .toList();
                    if (users.size() > 1
                            && !uses.isReturned(choice)
                            && users.stream().allMatch(user -> takes(user, choice))) {
                        users.subList(1, users.size())
                                .forEach(user -> again.computeIfAbsent(user, u -> new ArrayList<>())
                                        .add(choice));
                    }
                }
            }
            return again;
        }

        private void trace(Node node) {
            if (!ElementwiseChain.fits(node)) {
                return;
            }
            List<Node> parts = new ArrayList<>();
            if (!ElementwiseChain.isDraw(node)) {
                for (Value input : node.inputs()) {
                    List<Node> made = drawn.get(input.node());
                    if (made != null && ElementwiseChain.shape(input.node()).equals(ElementwiseChain.shape(node))) {
                        made.stream().filter(part -> !parts.contains(part)).forEach(parts::add);
                    } else if (!isConstant(input)) {
                        return;
                    }
                }
                if (parts.isEmpty()) {
                    return;
                }
            }
            parts.add(node);
            if (parts.size() <= MOST_OPS) {
                drawn.put(node, parts);
            }
        }

        /** Whether a node and the value that it uses can be one op. */
        private boolean takes(Node user, Value choice) {
            if (!(user.kind() instanceof Node.Call(ElementwiseOp _))
                    || !ElementwiseChain.fits(user)
                    || !ElementwiseChain.shape(user).equals(choice.spec().shape())) {
                return false;
            }
            List<Node> together = new ArrayList<>(drawn.getOrDefault(choice.node(), List.of()));
            together.add(user);
            return new ElementwiseChain(together, uses).isFusedBy(target);
        }
    }
}
