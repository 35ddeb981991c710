package dev.lamina.graph;

import dev.lamina.ops.CustomOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From where to where in a graph each value is needed, and where each variable changes. */
final class Lifetimes {
    static final int FOREVER = Integer.MAX_VALUE;

    /** A larger constant is computed in every run, so that its memory serves others too. */
    private static final long MOST_CONSTANT_BYTES = 16 << 10;

    /** Values that share memory: one that is computed, and its reshapes. */
    static final class Group {
        private final int definedAt;
        private final TensorSpec spec;
        private int lastUse;
        private @Nullable Variable ownedBy;
        private Plan.@Nullable Location home;

        private Group(int definedAt, TensorSpec spec) {
            this.definedAt = definedAt;
            this.spec = spec;
            this.lastUse = definedAt;
        }

        TensorSpec spec() {
            return spec;
        }

        int lastUse() {
            return lastUse;
        }

        /** The variable that the value is assigned to, if it may be computed right there. */
        @Nullable
        Variable ownedBy() {
            return ownedBy;
        }

        Plan.@Nullable Location home() {
            return home;
        }

        Plan.Location settle(Plan.Location place) {
            home = place;
            return place;
        }
    }

    private final Graph graph;
    private final PlanTarget target;
    private final Map<Value, Group> groups = new HashMap<>();
    private final Set<Node> constant = Collections.newSetFromMap(new IdentityHashMap<>());
    /** The values that lie in a variable's memory: what was read, and what is computed there. */
    private final Map<Variable, List<Group>> residents = new IdentityHashMap<>();
    /** The positions at which a variable's memory changes. */
    private final Map<Variable, List<Integer>> changes = new IdentityHashMap<>();

    Lifetimes(Graph graph, PlanTarget target) {
        this.graph = graph;
        this.target = target;
        List<Node> nodes = graph.nodes();
        for (int position = 0; position < nodes.size(); position++) {
            Node node = nodes.get(position);
            for (Value input : node.inputs()) {
                of(input).lastUse = position;
            }
            for (int i = 0; i < node.outputs().size(); i++) {
                Value value = new Value(node, i);
                groups.put(value, isReshape(node) ? of(node.inputs().get(0)) : new Group(position, value.spec()));
            }
            switch (node.kind()) {
                case Node.Assign assign -> changes(assign.variable()).add(position);
                case Node.Read read -> residents(read.variable()).add(of(new Value(node, 0)));
                case Node.Input _, Node.Constant _, Node.Call _ -> {}
            }
        }
        for (Node node : nodes) {
            if (isAlwaysTheSame(node)) {
                constant.add(node);
                for (int i = 0; i < node.outputs().size(); i++) {
                    of(new Value(node, i)).lastUse = FOREVER;
                }
            }
        }
        graph.outputs().forEach(output -> of(output).lastUse = FOREVER);
        graph.inputs().forEach(input -> of(new Value(input, 0)).lastUse = FOREVER);
        for (int position = 0; position < nodes.size(); position++) {
            if (nodes.get(position).kind() instanceof Node.Assign assign) {
                computeInPlace(
                        assign.variable(), of(nodes.get(position).inputs().get(0)), position);
            }
        }
    }

    /** Whether a node gives the same in every run, and little enough to keep it. */
    private boolean isAlwaysTheSame(Node node) {
        return node.kind() instanceof Node.Call(Op op)
                && !(op instanceof CustomOp)
                && node.inputs().stream().map(Value::node).allMatch(constant::contains)
                && node.outputs().stream().mapToLong(TensorSpec::bytes).sum() <= MOST_CONSTANT_BYTES;
    }

    /** Whether a node is computed once, before the first run. Its values are kept. */
    boolean isConstant(Node node) {
        return constant.contains(node);
    }

    static boolean isReshape(Node node) {
        return node.kind() instanceof Node.Call call && call.op() instanceof ShapeOp.Reshape;
    }

    Group of(Value value) {
        Group group = groups.get(value);
        if (group == null) {
            throw new IllegalStateException("[plan] a node uses a value that no earlier node gives: " + value.node());
        }
        return group;
    }

    private List<Integer> changes(Variable variable) {
        return changes.computeIfAbsent(variable, v -> new ArrayList<>());
    }

    private List<Group> residents(Variable variable) {
        return residents.computeIfAbsent(variable, v -> new ArrayList<>());
    }

    /** Whether a variable changes after the read and before the last use of what was read. */
    boolean changesWhileLive(Variable variable, Group read) {
        return changes.getOrDefault(variable, List.of()).stream()
                .anyMatch(at -> at > read.definedAt && at < read.lastUse);
    }

    /**
     * Lets a value that is assigned to a variable be computed in the variable's memory, so that the assignment copies
     * nothing; where nobody needs the old value any more but, perhaps, the computation itself.
     */
    private void computeInPlace(Variable variable, Group value, int assignedAt) {
        int from = value.definedAt;
        Node maker = graph.nodes().get(from);
        boolean free = maker.kind() instanceof Node.Call
                && value.ownedBy == null
                && value.lastUse != FOREVER
                && changes(variable).stream().allMatch(at -> at == assignedAt || at < from || at > value.lastUse)
                && residents(variable).stream()
                        .allMatch(one -> one.definedAt > assignedAt
                                || one.lastUse < from
                                || one.lastUse == from && mayOverwrite(maker, one, value));
        if (free) {
            value.ownedBy = variable;
            changes(variable).replaceAll(at -> at == assignedAt ? from : at);
            residents(variable).add(value);
        }
    }

    /** Whether a node computes right when the value it makes lies over each of its inputs that show this one. */
    private boolean mayOverwrite(Node maker, Group input, Group made) {
        if (!(maker.kind() instanceof Node.Call call)) {
            return false;
        }
        int output = 0;
        while (of(new Value(maker, output)) != made) {
            output++;
        }
        for (int i = 0; i < maker.inputs().size(); i++) {
            if (of(maker.inputs().get(i)) == input
                    && !(maker.inputs().get(i).spec().equals(made.spec) && target.overwrites(call.op(), i, output))) {
                return false;
            }
        }
        return true;
    }

    /**
     * An input that is not needed after its node, in the arena, over which the made value may lie; null if there is
     * none.
     */
    @Nullable
    Group overwritable(Node maker, Group made) {
        int position = made.definedAt;
        for (Value value : maker.inputs()) {
            Group input = of(value);
            if (input.lastUse == position
                    && input.home instanceof Plan.InArena
                    && input.ownedBy == null
                    && mayOverwrite(maker, input, made)) {
                return input;
            }
        }
        return null;
    }
}
