package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.FusedOp.Sequence.Step;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Small reductions, softmax and its kin, and the elementwise ops around them become one op, as far as the device can
 * run them in one go: what a loss and its gradient do with the predictions, what metrics do with a batch. Then what
 * ends in single numbers becomes one op with more of that kind, connected or not: the updates of all metrics and
 * counters. What is elementwise alone is left to {@link FuseElementwise}.
 */
final class FuseSequences implements Pass {
    private static final int MOST_OPS = 96;

    /** More elements keep a device busy, one op at a time. */
    private static final long MOST_ELEMENTS = 1 << 18;

    @Override
    public String name() {
        return "fuse-sequences";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        return target.fusesSequences() ? new Search(graph, target).rewrite() : graph;
    }

    private static boolean fits(Node node) {
        return node.kind() instanceof Node.Call(Op op)
                && (op instanceof ElementwiseOp || isView(op) || isRowOp(op))
                && Stream.concat(node.inputs().stream().map(Value::spec), node.outputs().stream())
                        .allMatch(spec ->
                                spec.shape().elements() > 0 && spec.shape().elements() <= MOST_ELEMENTS);
    }

    private static boolean isRowOp(Op op) {
        return op instanceof ReductionOp || op instanceof SoftmaxOp || op instanceof IndexOp.OneHot;
    }

    private static boolean isView(Op op) {
        return op instanceof ShapeOp.Reshape || op instanceof ShapeOp.BroadcastTo;
    }

    private static Op op(Node node) {
        return switch (node.kind()) {
            case Node.Call(Op op) -> op;
            case Node.Kind other -> throw new IllegalStateException("[passes] not an op: " + other);
        };
    }

    private static boolean isReshape(Node node) {
        return op(node) instanceof ShapeOp.Reshape;
    }

    /** The clusters of one graph. */
    private static final class Search {
        private final Graph graph;
        private final PlanTarget target;
        private final List<Node> nodes;
        private final Order order;
        private final Uses uses;

        private final Set<Node> constant = Collections.newSetFromMap(new IdentityHashMap<>());

        Search(Graph graph, PlanTarget target) {
            this.graph = graph;
            this.target = target;
            nodes = graph.nodes();
            order = new Order(graph);
            uses = new Uses(graph);
            for (Node node : nodes) {
                if (node.kind() instanceof Node.Call
                        && node.inputs().stream().map(Value::node).allMatch(constant::contains)) {
                    constant.add(node);
                }
            }
        }

        /** What is the same in every run is computed once, and not in a sequence. */
        private boolean joins(Node node) {
            return fits(node) && !constant.contains(node);
        }

        Graph rewrite() {
            List<Node> fitting = nodes.stream().filter(this::joins).toList();
            // An op that is too much for what lies behind it may fit once that has grown, and the other way round.
            boolean grown = true;
            while (grown) {
                boolean forwards = grow(fitting);
                grown = grow(fitting.reversed()) || forwards;
            }
            joinNumbers(fitting);
            GraphRewriter rewriter = new GraphRewriter(graph);
            for (int cluster : order.sorted()) {
                List<Node> members = members(cluster);
                if (isWorthwhile(members)) {
                    new Sequence(members, uses).emit(rewriter);
                } else {
                    members.forEach(rewriter::keep);
                }
            }
            return rewriter.finish();
        }

        private boolean grow(List<Node> fitting) {
            boolean grown = false;
            for (Node node : fitting) {
                for (Value input : node.inputs()) {
                    if (joins(input.node())) {
                        grown |= join(order.clusterOf(input.node()), order.clusterOf(node));
                    }
                }
            }
            return grown;
        }

        private boolean join(int one, int other) {
            if (one == other || order.members(one).size() + order.members(other).size() > MOST_OPS) {
                return false;
            }
            List<Node> together = Stream.concat(order.members(one).stream(), order.members(other).stream())
                    .sorted()
                    .map(nodes::get)
                    .toList();
            FusedOp.Sequence op = new Sequence(together, uses).op();
            return target.fuses(op, op.inputs()) && order.merge(one, other);
        }

        /**
         * Joins clusters that give nothing but single numbers; and those of them that need nothing computed, such as a
         * counter's update, to any other.
         */
        private void joinNumbers(List<Node> fitting) {
            List<Integer> kept = new ArrayList<>();
            for (int cluster : clusters(fitting)) {
                if (isOfNumbers(cluster) && kept.stream().noneMatch(earlier -> join(earlier, cluster))) {
                    kept.add(cluster);
                }
            }
            kept.stream().filter(this::isOfState).forEach(cluster -> joinAny(cluster, fitting));
        }

        private void joinAny(int cluster, List<Node> fitting) {
            for (int other : clusters(fitting)) {
                if (isWorthwhile(members(other)) && join(other, cluster)) {
                    return;
                }
            }
        }

        private List<Integer> clusters(List<Node> fitting) {
            return fitting.stream().map(order::clusterOf).distinct().toList();
        }

        private boolean isOfNumbers(int cluster) {
            return new Sequence(members(cluster), uses)
                    .results().stream().allMatch(result -> result.spec().shape().elements() == 1);
        }

        /** Whether a cluster needs nothing that is computed in this run. */
        private boolean isOfState(int cluster) {
            List<Node> members = members(cluster);
            return members.stream()
                    .flatMap(member -> member.inputs().stream())
                    .map(Value::node)
                    .allMatch(node ->
                            members.contains(node) || constant.contains(node) || !(node.kind() instanceof Node.Call));
        }

        private List<Node> members(int cluster) {
            return order.members(cluster).stream().map(nodes::get).toList();
        }

        /** Whether a launch is saved; chains of elementwise ops alone are chains, unless they are single numbers. */
        private static boolean isWorthwhile(List<Node> members) {
            boolean several = members.stream()
                            .filter(member -> fits(member) && !isReshape(member))
                            .count()
                    > 1;
            return several
                    && (members.stream().anyMatch(member -> isRowOp(op(member)))
                            || members.stream()
                                    .flatMap(member -> member.outputs().stream())
                                    .allMatch(output -> output.shape().elements() == 1));
        }
    }

    /** The nodes of a cluster as one op. */
    private static final class Sequence {
        private final Map<Value, Integer> numbers = new LinkedHashMap<>();
        private final List<Value> inputs = new ArrayList<>();
        private final List<Value> results = new ArrayList<>();
        private final List<Node> views = new ArrayList<>();
        private final FusedOp.Sequence op;

        Sequence(List<Node> members, Uses uses) {
            Map<Value, SourceOp.Fill> constants = new LinkedHashMap<>();
            for (Node member : members) {
                for (Value input : member.inputs()) {
                    if (!members.contains(input.node())) {
                        Optional<SourceOp.Fill> constant = constant(input);
                        if (constant.isPresent()) {
                            constants.put(input, constant.get());
                        } else if (!inputs.contains(input)) {
                            inputs.add(input);
                        }
                    }
                }
            }
            inputs.forEach(input -> numbers.put(input, numbers.size()));
            List<Step> steps = new ArrayList<>();
            constants.forEach((value, fill) -> {
                steps.add(new Step(fill, List.of()));
                numbers.put(value, numbers.size());
            });
            for (Node member : members) {
                steps.add(new Step(
                        FuseSequences.op(member),
                        member.inputs().stream().map(numbers::get).toList()));
                for (int i = 0; i < member.outputs().size(); i++) {
                    Value result = new Value(member, i);
                    numbers.put(result, numbers.size());
                    if (uses.isReturned(result) || uses.of(result).stream().anyMatch(user -> !members.contains(user))) {
                        give(result, members);
                    }
                }
            }
            op = new FusedOp.Sequence(
                    inputs.stream().map(Value::spec).toList(),
                    steps,
                    results.stream().map(numbers::get).toList());
        }

        /** A reshape of what is computed is given as what it is: no memory of its own. */
        private void give(Value result, List<Node> members) {
            Node maker = result.node();
            Value given = result;
            while (isReshape(given.node())
                    && members.contains(given.node().inputs().get(0).node())) {
                given = given.node().inputs().get(0);
            }
            if (!given.equals(result)) {
                views.add(maker);
            }
            if (!results.contains(given)) {
                results.add(given);
            }
        }

        /** A value that is one number everywhere. */
        private static Optional<SourceOp.Fill> constant(Value value) {
            return switch (value.node().kind()) {
                case Node.Call(SourceOp.Fill fill) -> Optional.of(fill);
                case Node.Call(Op op)
                when isView(op) ->
                    constant(value.node().inputs().get(0))
                            .map(fill -> new SourceOp.Fill(value.spec().shape(), fill.dtype(), fill.value()));
                case Node.Kind _ -> Optional.empty();
            };
        }

        FusedOp.Sequence op() {
            return op;
        }

        /** What others need of it. */
        List<Value> results() {
            return results;
        }

        void emit(GraphRewriter rewriter) {
            List<TensorSpec> specs = results.stream().map(Value::spec).toList();
            Node fused = rewriter.add(
                    new Node.Call(op), inputs.stream().map(rewriter::of).toList(), specs);
            for (int i = 0; i < results.size(); i++) {
                rewriter.replace(results.get(i), new Value(fused, i));
            }
            for (Node view : views) {
                Value source = view.inputs().get(0);
                while (!results.contains(source)) {
                    source = source.node().inputs().get(0);
                }
                Node made = rewriter.add(view.kind(), List.of(rewriter.of(source)), view.outputs());
                rewriter.replace(new Value(view, 0), new Value(made, 0));
            }
        }
    }
}
