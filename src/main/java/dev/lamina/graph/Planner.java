package dev.lamina.graph;

import dev.lamina.ops.Op;
import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongBiFunction;
import org.jspecify.annotations.Nullable;

/** Lays a graph out: decides where each value lies and for how long it must live. */
public final class Planner {
    private static final int FOREVER = Integer.MAX_VALUE;

    private final Graph graph;
    private final Map<Value, Group> groups = new HashMap<>();
    private final Map<Variable, List<Integer>> assignments = new IdentityHashMap<>();

    /** Values that share memory: one that is computed, and its reshapes. */
    private static final class Group {
        private final int definedAt;
        private final TensorSpec spec;
        private int lastUse;
        private Plan.@Nullable Location home;

        private Group(int definedAt, TensorSpec spec) {
            this.definedAt = definedAt;
            this.spec = spec;
            this.lastUse = definedAt;
        }
    }

    private Planner(Graph graph) {
        this.graph = graph;
    }

    /** @param workspaceBytes the backend's answer to how much scratch memory an op needs */
    public static Plan plan(Graph graph, ToLongBiFunction<Op, List<TensorSpec>> workspaceBytes) {
        Planner planner = new Planner(graph);
        planner.findLifetimes();
        return planner.layOut(workspaceBytes);
    }

    private void findLifetimes() {
        for (int position = 0; position < graph.nodes().size(); position++) {
            Node node = graph.nodes().get(position);
            for (Value input : node.inputs()) {
                group(input).lastUse = position;
            }
            if (node.kind() instanceof Node.Assign assign) {
                assignments
                        .computeIfAbsent(assign.variable(), v -> new ArrayList<>())
                        .add(position);
            }
            for (int i = 0; i < node.outputs().size(); i++) {
                Value value = new Value(node, i);
                groups.put(value, isReshape(node) ? group(node.inputs().get(0)) : new Group(position, value.spec()));
            }
        }
        graph.outputs().forEach(output -> group(output).lastUse = FOREVER);
        graph.inputs().forEach(input -> group(new Value(input, 0)).lastUse = FOREVER);
    }

    private static boolean isReshape(Node node) {
        return node.kind() instanceof Node.Call call && call.op() instanceof ShapeOp.Reshape;
    }

    private Group group(Value value) {
        Group group = groups.get(value);
        if (group == null) {
            throw new IllegalStateException("[plan] a node uses a value that no earlier node gives: " + value.node());
        }
        return group;
    }

    private Plan layOut(ToLongBiFunction<Op, List<TensorSpec>> workspaceBytes) {
        ArenaLayout layout = new ArenaLayout();
        Map<Integer, List<Group>> dying = new HashMap<>();
        List<Plan.Step> steps = new ArrayList<>();
        long workspace = 0;
        for (Node input : graph.inputs()) {
            place(group(new Value(input, 0)), layout, dying);
        }
        for (int position = 0; position < graph.nodes().size(); position++) {
            Node node = graph.nodes().get(position);
            switch (node.kind()) {
                case Node.Input input -> {}
                case Node.Constant constant -> {
                    group(new Value(node, 0)).home = new Plan.InConstant(
                            constant.tensor(), constant.tensor().spec());
                }
                case Node.Read read -> {
                    Group group = group(new Value(node, 0));
                    Plan.Location own =
                            new Plan.InVariable(read.variable(), read.variable().spec());
                    if (changesWhileLive(read.variable(), group)) {
                        steps.add(new Plan.Copy(own, place(group, layout, dying)));
                    } else {
                        group.home = own;
                    }
                }
                case Node.Assign assign ->
                    steps.add(new Plan.Copy(
                            location(node.inputs().get(0)),
                            new Plan.InVariable(
                                    assign.variable(), assign.variable().spec())));
                case Node.Call call -> {
                    if (!isReshape(node)) {
                        List<Plan.Location> inputs =
                                node.inputs().stream().map(this::location).toList();
                        List<Plan.Location> outputs = new ArrayList<>();
                        for (int i = 0; i < node.outputs().size(); i++) {
                            outputs.add(place(group(new Value(node, i)), layout, dying));
                        }
                        steps.add(new Plan.Run(call.op(), inputs, outputs));
                        List<TensorSpec> specs =
                                node.inputs().stream().map(Value::spec).toList();
                        long wanted = workspaceBytes.applyAsLong(call.op(), specs);
                        workspace = Math.max(workspace, Math.ceilDiv(wanted, Plan.ALIGNMENT) * Plan.ALIGNMENT);
                    }
                }
            }
            free(dying.remove(position), layout);
        }
        List<Plan.Location> inputs = graph.inputs().stream()
                .map(node -> location(new Value(node, 0)))
                .toList();
        List<Plan.Location> outputs =
                graph.outputs().stream().map(this::location).toList();
        return new Plan(steps, inputs, outputs, layout.size() + workspace, layout.size(), workspace);
    }

    /** Whether a variable is assigned to after the read and before the last use of what was read. */
    private boolean changesWhileLive(Variable variable, Group group) {
        return assignments.getOrDefault(variable, List.of()).stream()
                .anyMatch(at -> at > group.definedAt && at < group.lastUse);
    }

    private Plan.Location place(Group group, ArenaLayout layout, Map<Integer, List<Group>> dying) {
        Plan.Location home = new Plan.InArena(layout.take(group.spec.bytes()), group.spec);
        group.home = home;
        dying.computeIfAbsent(group.lastUse, at -> new ArrayList<>()).add(group);
        return home;
    }

    private static void free(@Nullable List<Group> groups, ArenaLayout layout) {
        if (groups != null) {
            for (Group group : groups) {
                if (group.home instanceof Plan.InArena arena) {
                    layout.giveBack(arena.offset(), group.spec.bytes());
                }
            }
        }
    }

    private Plan.Location location(Value value) {
        return switch (group(value).home) {
            case Plan.InArena arena -> new Plan.InArena(arena.offset(), value.spec());
            case Plan.InVariable variable -> new Plan.InVariable(variable.variable(), value.spec());
            case Plan.InConstant constant -> new Plan.InConstant(constant.tensor(), value.spec());
            case null ->
                throw new IllegalStateException("[plan] a value is used before it has a place: " + value.node());
        };
    }
}
