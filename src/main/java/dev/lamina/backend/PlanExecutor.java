package dev.lamina.backend;

import dev.lamina.graph.Plan;
import dev.lamina.ops.IndexOp;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Runs a plan's steps in order, bound by {@link Backend#prepare}, over one arena. The definition of what running a plan
 * means; a backend may do better.
 */
public final class PlanExecutor implements Executable {
    private static final IndexOp GATHER = new IndexOp.Gather();

    private final Backend backend;
    private final Plan plan;
    private final Buffer arena;
    private final Operand workspace;
    private final List<Operand> inputs;
    private final List<Operand> outputs;
    private final List<BoundStep> steps = new ArrayList<>();
    private final Set<Variable> bound = Collections.newSetFromMap(new IdentityHashMap<>());
    private final PreparedOp[] actions;
    private final Variable[] variables;
    private boolean closed;

    /** Binds the plan to a new arena of the backend's. */
    public PlanExecutor(Backend backend, Plan plan) {
        this.backend = backend;
        this.plan = plan;
        this.arena = backend.allocate(plan.arenaBytes());
        this.workspace = new Operand(arena, plan.workspaceOffset(), scratch(plan.workspaceBytes()));
        try {
            for (Plan.Run run : plan.setup()) {
                try (PreparedOp once = bind(run).action()) {
                    once.run();
                }
            }
            plan.steps().forEach(step -> steps.add(bind(step)));
            this.actions = steps.stream().map(BoundStep::action).toArray(PreparedOp[]::new);
            this.inputs = List.of(bind(plan.inputs()));
            this.outputs = List.of(bind(plan.outputs()));
            this.variables = bound.toArray(Variable[]::new);
        } catch (Throwable e) {
            free();
            throw e;
        }
    }

    private BoundStep bind(Plan.Step step) {
        return switch (step) {
            case Plan.Run run -> {
                Operand[] in = bind(run.inputs());
                Operand[] out = bind(run.outputs());
                List<Operand> written = new ArrayList<>(List.of(out));
                List<TensorSpec> specs = Arrays.stream(in).map(Operand::spec).toList();
                if (backend.scratchBytes(run.op(), specs) > 0) {
                    written.add(workspace);
                }
                yield new BoundStep(backend.prepare(run.op(), in, out, workspace), List.of(in), written);
            }
            case Plan.Copy copy -> {
                Operand source = bind(copy.source());
                Operand target = bind(copy.target());
                yield new BoundStep(() -> backend.copy(source, target), List.of(source), List.of(target));
            }
        };
    }

    /** The spec of so many bytes of scratch memory, rounded up; two axes, since one can't exceed 2^31. */
    public static TensorSpec scratch(long bytes) {
        int row = (int) Plan.ALIGNMENT;
        return new TensorSpec(Shape.of(Math.toIntExact(Math.ceilDiv(bytes, row)), row), DType.UINT8);
    }

    private Operand[] bind(List<Plan.Location> locations) {
        return locations.stream().map(this::bind).toArray(Operand[]::new);
    }

    private Operand bind(Plan.Location location) {
        return switch (location) {
            case Plan.InArena at -> new Operand(arena, at.offset(), at.spec());
            case Plan.InVariable of -> {
                bound.add(of.variable());
                yield of.variable().operand().as(of.spec());
            }
            case Plan.InConstant of -> of.tensor().operand().as(of.spec());
        };
    }

    /** The plan that is bound. */
    public Plan plan() {
        return plan;
    }

    /** Where the values of the inputs are to be put. */
    public List<Operand> inputs() {
        return inputs;
    }

    @Override
    public Operand input(int index) {
        return inputs.get(index);
    }

    @Override
    public void run() {
        requireUsable();
        issue();
    }

    @Override
    public void run(ResidentRows rows, int from, int count) {
        run(rows, from, count, this::run);
    }

    /** As {@link #run(ResidentRows, int, int)}, where a step on what has been put to the inputs is the action. */
    public void run(ResidentRows rows, int from, int count, Runnable step) {
        rows.check(inputs, from, count);
        for (int i = 0; i < count; i++) {
            feed(rows, from + i * batch());
            step.run();
        }
    }

    /** Checks what {@link #run(ResidentRows, int, int)} is given. */
    public void check(ResidentRows rows, int from, int count) {
        rows.check(inputs, from, count);
    }

    /** Where a value of the plan lies. */
    public Operand operand(Plan.Location location) {
        return bind(location);
    }

    /** How many samples a step takes of rows, 0 without inputs. */
    public int batch() {
        return inputs.isEmpty() ? 0 : inputs.get(0).shape().size(0);
    }

    /** Copies the samples of one step to its inputs. */
    private void feed(ResidentRows rows, int from) {
        for (int i = 0; i < inputs.size(); i++) {
            Operand input = inputs.get(i);
            Operand table = rows.tables().get(i);
            if (input.bytes() > 0 && rows.order().isEmpty()) {
                backend.copy(part(table, from, input.spec()), input);
            } else if (input.bytes() > 0) {
                Operand order = rows.order().get();
                TensorSpec taken = new TensorSpec(Shape.of(input.shape().size(0)), order.dtype());
                Operand nothing = new Operand(input.buffer(), 0, scratch(0));
                backend.run(GATHER, new Operand[] {table, part(order, from, taken)}, new Operand[] {input}, nothing);
            }
        }
    }

    /** The entries of that spec, from the row {@code first} on. */
    private static Operand part(Operand whole, int first, TensorSpec spec) {
        long row = spec.bytes() / spec.shape().size(0);
        return new Operand(whole.buffer(), whole.offset() + first * row, spec);
    }

    /** An error that says what is missing if this executable or a variable of its plan is closed. */
    public void requireUsable() {
        if (closed) {
            throw new IllegalStateException("[executable] expected an open executable; it was closed before this run.");
        }
        for (Variable variable : variables) {
            if (variable.isClosed()) {
                variable.operand();
            }
        }
    }

    /** Hands all steps to the backend, in order; {@link #requireUsable} comes first. */
    public void issue() {
        // An array: the iterator of a list would be an object a run.
        for (PreparedOp action : actions) {
            action.run();
        }
    }

    /** The steps in order, for a backend that issues them in its own way. */
    public List<BoundStep> steps() {
        return Collections.unmodifiableList(steps);
    }

    @Override
    public Operand output(int index) {
        return outputs.get(index);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            free();
        }
    }

    private void free() {
        steps.forEach(step -> step.action().close());
        arena.free();
    }

    @Override
    public String toString() {
        return plan.toString();
    }
}
