package dev.lamina.runtime;

import dev.lamina.graph.Tracer;
import dev.lamina.tensor.DType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What surrounds an op on its thread: the trace being recorded, the open tapes and scopes. */
final class Ambient {
    private static final ThreadLocal<Ambient> CURRENT = ThreadLocal.withInitial(Ambient::new);

    /** The trace that ops are recorded into; none means that they run at once. */
    @Nullable
    Tracer tracer;

    /** Whether only shapes and types are inferred. */
    boolean symbolic;

    /** Whether steps are planned, and variables get memory when they are first used. */
    boolean planning;

    /** Whether assignments to variables are carried out. */
    boolean assignments = true;

    /** The type that the layer being called reads its weights in; none if it reads them as they are. */
    @Nullable
    DType autocast;

    /** What the names of results begin with: the path of the layer being called, and a slash. */
    String path = "";

    final List<GradientTape> tapes = new ArrayList<>();
    final Deque<Scope> scopes = new ArrayDeque<>();

    static Ambient current() {
        return CURRENT.get();
    }

    /**
     * Runs an action that executes its ops at once and unrecorded, whatever is going on around it; for building layers.
     */
    static <T> T eagerly(Supplier<T> action) {
        Ambient ambient = current();
        Tracer tracer = ambient.tracer;
        boolean symbolic = ambient.symbolic;
        boolean assignments = ambient.assignments;
        DType autocast = ambient.autocast;
        List<GradientTape> tapes = List.copyOf(ambient.tapes);
        ambient.tracer = null;
        ambient.symbolic = false;
        ambient.assignments = true;
        ambient.autocast = null;
        ambient.tapes.clear();
        try {
            return action.get();
        } finally {
            ambient.tracer = tracer;
            ambient.symbolic = symbolic;
            ambient.assignments = assignments;
            ambient.autocast = autocast;
            ambient.tapes.addAll(tapes);
        }
    }
}
