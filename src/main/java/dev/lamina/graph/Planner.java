package dev.lamina.graph;

import dev.lamina.graph.Lifetimes.Group;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lays a graph out: decides where each value lies. */
public final class Planner {
    private final Graph graph;
    private final PlanTarget target;
    private final Lifetimes lifetimes;
    private final ArenaLayout layout = new ArenaLayout();
    private final Map<Integer, List<Group>> dying = new HashMap<>();
    private final List<Plan.Run> setup = new ArrayList<>();
    private final List<Plan.Step> steps = new ArrayList<>();
    private final boolean sharing;
    private long workspace;

    private Planner(Graph graph, PlanTarget target, boolean sharing) {
        this.graph = graph;
        this.target = target;
        this.sharing = sharing;
        this.lifetimes = new Lifetimes(graph, target);
    }

    /** A plan for a device. */
    public static Plan plan(Graph graph, PlanTarget target) {
        if (target.unsharedBytes() > 0) {
            Plan plan = new Planner(graph, target, false).layOut();
            if (plan.arenaBytes() <= target.unsharedBytes()) {
                return plan;
            }
        }
        return planInOrder(graph, target);
    }

    /** A plan of the least memory, for steps that run one after the other on any device. */
    public static Plan planInOrder(Graph graph, PlanTarget target) {
        return new Planner(graph, target, true).layOut();
    }

    private Plan layOut() {
        for (Node input : graph.inputs()) {
            place(group(input, 0));
        }
        // Constants are computed before all else, so their places must never have been another value's.
        for (Node node : graph.nodes()) {
            if (lifetimes.isConstant(node) && !Lifetimes.isReshape(node) && node.kind() instanceof Node.Call call) {
                call(call, node);
            }
        }
        for (int position = 0; position < graph.nodes().size(); position++) {
            Node node = graph.nodes().get(position);
            switch (node.kind()) {
                case Node.Input input -> {}
                case Node.Constant constant ->
                    group(node, 0)
                            .settle(new Plan.InConstant(
                                    constant.tensor(), constant.tensor().spec()));
                case Node.Read read -> read(read.variable(), group(node, 0));
                case Node.Assign assign ->
                    assign(assign.variable(), node.inputs().get(0));
                case Node.Call call -> {
                    if (!Lifetimes.isReshape(node) && !lifetimes.isConstant(node)) {
                        call(call, node);
                    }
                }
            }
            free(dying.remove(position));
        }
        List<Plan.Location> inputs = graph.inputs().stream()
                .map(node -> location(new Value(node, 0)))
                .toList();
        List<Plan.Location> outputs =
                graph.outputs().stream().map(this::location).toList();
        return new Plan(setup, steps, inputs, outputs, layout.size() + workspace, layout.size(), workspace);
    }

    private Group group(Node node, int output) {
        return lifetimes.of(new Value(node, output));
    }

    private static Plan.Location memory(Variable variable) {
        return new Plan.InVariable(variable, variable.spec());
    }

    private void read(Variable variable, Group group) {
        if (lifetimes.changesWhileLive(variable, group)) {
            steps.add(new Plan.Copy(memory(variable), place(group)));
        } else {
            group.settle(memory(variable));
        }
    }

    private void assign(Variable variable, Value value) {
        Plan.Location source = location(value);
        boolean there = source instanceof Plan.InVariable home && home.variable() == variable;
        if (!there) {
            steps.add(new Plan.Copy(source, memory(variable)));
        }
    }

    private void call(Node.Call call, Node node) {
        List<Plan.Location> inputs = node.inputs().stream().map(this::location).toList();
        List<Plan.Location> outputs = new ArrayList<>();
        Set<Group> overwritten = new HashSet<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            outputs.add(home(node, group(node, i), overwritten));
        }
        Plan.Run run = new Plan.Run(call.op(), inputs, outputs);
        if (lifetimes.isConstant(node)) {
            setup.add(run);
        } else {
            steps.add(run);
        }
        List<TensorSpec> specs = node.inputs().stream().map(Value::spec).toList();
        long wanted = target.scratchBytes(call.op(), specs);
        workspace = Math.max(workspace, Math.ceilDiv(wanted, Plan.ALIGNMENT) * Plan.ALIGNMENT);
    }

    /** Where a node's output goes: into its variable, over an input that nobody needs any more, or to a new place. */
    private Plan.Location home(Node node, Group made, Set<Group> overwritten) {
        Variable owner = made.ownedBy();
        if (owner != null) {
            return made.settle(new Plan.InVariable(owner, made.spec()));
        }
        Group input = sharing ? lifetimes.overwritable(node, made) : null;
        if (input != null && input.home() instanceof Plan.InArena place && overwritten.add(input)) {
            List<Group> ending = dying.get(input.lastUse());
            if (ending != null) {
                ending.remove(input);
            }
            return settle(made, place.offset());
        }
        return place(made);
    }

    private Plan.Location place(Group group) {
        return settle(group, layout.take(group.spec().bytes()));
    }

    private Plan.Location settle(Group group, long offset) {
        dying.computeIfAbsent(group.lastUse(), at -> new ArrayList<>()).add(group);
        return group.settle(new Plan.InArena(offset, group.spec()));
    }

    private void free(@Nullable List<Group> groups) {
        if (groups != null && sharing) {
            for (Group group : groups) {
                if (group.home() instanceof Plan.InArena arena) {
                    layout.giveBack(arena.offset(), group.spec().bytes());
                }
            }
        }
    }

    private Plan.Location location(Value value) {
        return switch (lifetimes.of(value).home()) {
            case Plan.InArena arena -> new Plan.InArena(arena.offset(), value.spec());
            case Plan.InVariable variable -> new Plan.InVariable(variable.variable(), value.spec());
            case Plan.InConstant constant -> new Plan.InConstant(constant.tensor(), value.spec());
            case null ->
                throw new IllegalStateException("[plan] a value is used before it has a place: " + value.node());
        };
    }
}
