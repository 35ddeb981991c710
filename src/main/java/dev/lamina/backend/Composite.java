package dev.lamina.backend;

import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.Plan;
import dev.lamina.graph.Planner;
import dev.lamina.graph.Tracer;
import dev.lamina.ops.Op;
import dev.lamina.ops.OpSink;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs ops that a backend has no code for by their {@linkplain Op#define definitions} in simpler ops. A definition is
 * traced and laid out once for an op and the specs of its inputs; the op's workspace is the arena of that plan.
 */
public final class Composite {
    private static final int REMEMBERED = 256;

    private record Key(Op op, List<TensorSpec> inputs) {}

    private final Backend backend;
    private final Set<String> ran = ConcurrentHashMap.newKeySet();
    private final Map<Key, Optional<Plan>> plans = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Optional<Plan>> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param backend what runs the simpler ops */
    public Composite(Backend backend) {
        this.backend = backend;
    }

    /** The names of the ops that were run so far by their definitions. */
    public Set<String> ran() {
        return Set.copyOf(ran);
    }

    /** How much scratch memory the definition needs; empty if the op has none. */
    public Optional<Long> workspaceBytes(Op op, List<TensorSpec> inputs) {
        return plan(op, inputs).map(Plan::arenaBytes);
    }

    /** Runs the op by its definition; false if it has none. */
    public boolean run(Op op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Optional<Plan> found = plan(op, Arrays.stream(inputs).map(Operand::spec).toList());
        if (found.isEmpty()) {
            return false;
        }
        ran.add(op.opName());
        Plan plan = found.get();
        for (int i = 0; i < inputs.length; i++) {
            backend.copy(inputs[i], at(plan.inputs().get(i), workspace));
        }
        Operand scratch = new Operand(
                workspace.buffer(),
                workspace.offset() + plan.workspaceOffset(),
                PlanExecutor.scratch(plan.workspaceBytes()));
        for (Plan.Run run : plan.setup()) {
            backend.run(run.op(), at(run.inputs(), workspace), at(run.outputs(), workspace), scratch);
        }
        for (Plan.Step step : plan.steps()) {
            switch (step) {
                case Plan.Run run ->
                    backend.run(run.op(), at(run.inputs(), workspace), at(run.outputs(), workspace), scratch);
                case Plan.Copy copy -> backend.copy(at(copy.source(), workspace), at(copy.target(), workspace));
            }
        }
        for (int i = 0; i < outputs.length; i++) {
            backend.copy(at(plan.outputs().get(i), workspace), outputs[i]);
        }
        return true;
    }

    private static Operand[] at(List<Plan.Location> locations, Operand workspace) {
        return locations.stream().map(location -> at(location, workspace)).toArray(Operand[]::new);
    }

    private static Operand at(Plan.Location location, Operand workspace) {
        return switch (location) {
            case Plan.InArena in -> new Operand(workspace.buffer(), workspace.offset() + in.offset(), in.spec());
            case Plan.InVariable of -> of.variable().operand().as(of.spec());
            case Plan.InConstant of -> of.tensor().operand().as(of.spec());
        };
    }

    private Optional<Plan> plan(Op op, List<TensorSpec> inputs) {
        Key key = new Key(op, inputs);
        synchronized (plans) {
            Optional<Plan> known = plans.get(key);
            if (known != null) {
                return known;
            }
        }
        Optional<Plan> made = trace(op, inputs).map(graph -> Planner.planInOrder(graph, backend));
        synchronized (plans) {
            plans.put(key, made);
        }
        return made;
    }

    private static Optional<Graph> trace(Op op, List<TensorSpec> inputs) {
        Tracer tracer = new Tracer();
        List<Tensor> arguments = new ArrayList<>();
        for (TensorSpec input : inputs) {
            arguments.add(tracer.input(op.opName() + " input", input));
        }
        OpSink sink = (of, operands) -> tracer.call(
                of,
                op.opName() + "/" + of.opName(),
                operands,
                of.infer(Arrays.stream(operands).map(Tensor::spec).toList()));
        return op.define(sink, arguments).map(outputs -> checked(op, inputs, tracer.finish(outputs)));
    }

    private static Graph checked(Op op, List<TensorSpec> inputs, Graph graph) {
        List<TensorSpec> expected = op.infer(inputs);
        List<TensorSpec> actual = graph.outputs().stream()
                .map(value -> value.node().outputs().get(value.output()))
                .toList();
        if (!actual.equals(expected)) {
            throw new IllegalArgumentException("[" + op.opName() + "] expected a definition that gives " + expected
                    + ", as infer does; it gives " + actual + ". Let the two agree.");
        }
        for (Node node : graph.nodes()) {
            if (!(node.kind() instanceof Node.Input) && !(node.kind() instanceof Node.Call)) {
                graph.close();
                throw new IllegalArgumentException("[" + op.opName()
                        + "] expected a definition that uses nothing but its inputs; it has a " + node
                        + ". Pass it as an input.");
            }
        }
        return graph;
    }

    /** An op with no definition that has not agreed to run on the host. */
    public static IllegalArgumentException undefined(Op op, Backend backend) {
        return new IllegalArgumentException("[" + op.opName() + "] expected an op that " + backend.name()
                + " can run; received one with code for the host alone. Override define, or mayWaitForHost to let "
                + backend.name() + " wait for the host at each call.");
    }
}
