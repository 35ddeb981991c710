package dev.lamina.runtime;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import dev.lamina.graph.Graph;
import dev.lamina.graph.Plan;
import dev.lamina.graph.Planner;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** How ops are executed on this thread: at once, recorded into a step, or only inferred. */
public final class Execution {
    private Execution() {}

    /**
     * Runs an action whose ops execute at once and unrecorded, whatever is going on around it. Layers are built so:
     * their weights exist from then on, also when the build happened in the middle of a trace.
     */
    public static <T> T eagerly(Supplier<T> action) {
        return Ambient.eagerly(action);
    }

    /** Runs an action whose ops only infer shapes and types: every result is symbolic, and assignments do nothing. */
    public static <T> T symbolically(Supplier<T> action) {
        Ambient ambient = Ambient.current();
        boolean before = ambient.symbolic;
        ambient.symbolic = true;
        try {
            return action.get();
        } finally {
            ambient.symbolic = before;
        }
    }

    /**
     * Runs an action in which assignments to variables do nothing: no state changes, random draws included. A model
     * that reads values finds its shapes so. Layers built meanwhile are built as ever.
     */
    public static <T> T withoutAssignments(Supplier<T> action) {
        Ambient ambient = Ambient.current();
        boolean before = ambient.assignments;
        ambient.assignments = false;
        try {
            return action.get();
        } finally {
            ambient.assignments = before;
        }
    }

    /** Runs an action whose results are named {@code path/op} in messages. */
    public static <T> T named(String path, Supplier<T> action) {
        Ambient ambient = Ambient.current();
        String before = ambient.path;
        ambient.path = path + "/";
        try {
            return action.get();
        } finally {
            ambient.path = before;
        }
    }

    /**
     * Runs an action in which ops read a layer's floating-point weights ({@link Variable#autocast}) in another type; a
     * scalar beside such a weight, of the weight's own type, follows it. {@link Ops#cast} still reads the weight as it
     * is kept.
     *
     * @param type none to read the weights as they are
     */
    public static <T> T autocast(Optional<DType> type, Supplier<T> action) {
        Ambient ambient = Ambient.current();
        DType before = ambient.autocast;
        ambient.autocast = type.orElse(null);
        try {
            return action.get();
        } finally {
            ambient.autocast = before;
        }
    }

    /** The type that weights are read in, by {@link #autocast(Optional, Supplier)}. */
    public static Optional<DType> autocast() {
        return Optional.ofNullable(Ambient.current().autocast);
    }

    /** Whether ops are being recorded into a step. */
    public static boolean isTracing() {
        return Ambient.current().tracer != null;
    }

    /** Whether ops are only being inferred. */
    public static boolean isSymbolic() {
        return Ambient.current().symbolic;
    }

    /**
     * Traces a function once and compiles it for the current backend.
     *
     * @param program computes the outputs from traced inputs of those specs
     */
    public static CompiledStep compile(List<TensorSpec> inputs, Function<List<Tensor>, List<Tensor>> program) {
        Traced traced = trace(inputs, program);
        try {
            Backend backend = Backends.current();
            Plan plan = plan(traced.graph(), backend);
            return new CompiledStep(
                    backend,
                    traced.graph(),
                    Memory.retrying(backend, "the memory of a step", () -> backend.compile(plan)),
                    traced.outputs());
        } catch (Throwable e) {
            traced.graph().close();
            throw e;
        }
    }

    private static Plan plan(Graph graph, Backend backend) {
        return Planner.plan(Passes.optimize(graph, backend), backend);
    }

    /**
     * Runs an action whose steps can be planned before there is memory for them: variables that are made meanwhile get
     * theirs, and their values, when they are first used.
     */
    public static <T> T planning(Supplier<T> action) {
        Ambient ambient = Ambient.current();
        boolean before = ambient.planning;
        ambient.planning = true;
        try {
            return action.get();
        } finally {
            ambient.planning = before;
        }
    }

    /** The plan that {@link #compile} would carry out, made without memory. */
    public static Plan plan(List<TensorSpec> inputs, Function<List<Tensor>, List<Tensor>> program) {
        return planning(() -> {
            Graph graph = trace(inputs, program).graph();
            try {
                return plan(graph, Backends.current());
            } finally {
                graph.close();
            }
        });
    }

    /** A function's graph, and the traced tensors that it returned. */
    private record Traced(Graph graph, List<Tensor> outputs) {}

    private static Traced trace(List<TensorSpec> inputs, Function<List<Tensor>, List<Tensor>> program) {
        Ambient ambient = Ambient.current();
        if (ambient.tracer != null) {
            throw new IllegalStateException(
                    "[compile] expected to be called outside of a step; a step is being traced.");
        }
        Tracer tracer = new Tracer();
        List<Tensor> arguments = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            arguments.add(tracer.input("input_" + i, inputs.get(i)));
        }
        List<GradientTape> tapes = List.copyOf(ambient.tapes);
        ambient.tapes.clear();
        ambient.tracer = tracer;
        List<Tensor> outputs;
        try {
            outputs = program.apply(arguments);
        } catch (Throwable e) {
            tracer.finish(List.of()).close();
            throw e;
        } finally {
            ambient.tracer = null;
            ambient.tapes.addAll(tapes);
        }
        return new Traced(tracer.finish(outputs), outputs);
    }
}
