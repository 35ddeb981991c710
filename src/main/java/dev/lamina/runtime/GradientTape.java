package dev.lamina.runtime;

import dev.lamina.errors.GradientException;
import dev.lamina.ops.Op;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.Vjp;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records the ops of this thread that depend on trainable variables (or on tensors given to {@link #watch}), and
 * differentiates through them in reverse:
 *
 * <pre>{@code
 * try (GradientTape tape = GradientTape.open()) {
 *     Tensor loss = Ops.mean(Ops.square(Ops.subtract(model.apply(x), y)));
 *     List<Tensor> gradients = tape.gradient(loss, model.trainableWeights());
 * }
 * }</pre>
 *
 * Tapes may be nested, for second derivatives; they close in the opposite order of opening, on the thread that opened
 * them.
 */
public final class GradientTape implements AutoCloseable {
    private record Entry(Op op, List<Tensor> inputs, List<Tensor> outputs) {}

    private final Thread owner = Thread.currentThread();
    private final List<Entry> entries = new ArrayList<>();
    private final Set<Tensor> tracked = Collections.newSetFromMap(new IdentityHashMap<>());
    /** What a recorded input stands for: readers and reads of a variable stand for the variable. */
    private final Map<Tensor, Tensor> sources = new IdentityHashMap<>();
    /** The readers of the variables whose pin this tape holds. */
    private final Map<Variable, List<Variable.Pin>> pins = new IdentityHashMap<>();

    private boolean recording = true;
    private boolean closed;

    private GradientTape() {}

    /** Starts recording. */
    public static GradientTape open() {
        GradientTape tape = new GradientTape();
        Ambient.current().tapes.add(tape);
        return tape;
    }

    /** Also records what is computed from this tensor. Trainable variables are watched by themselves. */
    public void watch(Tensor tensor) {
        tracked.add(tensor);
    }

    /** A reader of the variable's present value that stays as it is while this tape is open. */
    Tensor pin(Variable variable) {
        List<Variable.Pin> mine = pins.computeIfAbsent(variable, v -> new ArrayList<>());
        Variable.Pin pin = variable.pin();
        if (mine.contains(pin)) {
            variable.unpin(pin);
        } else {
            mine.add(pin);
        }
        return pin.tensor();
    }

    /** Called by the dispatch for every op. */
    @SuppressWarnings("ReferenceEquality")
    void record(Op op, Tensor[] inputs, Tensor[] resolved, List<Tensor> outputs) {
        if (!recording) {
            return;
        }
        boolean depends = false;
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] != resolved[i]) {
                sources.put(resolved[i], inputs[i]);
            }
            depends |= inputs[i].dtype().isFloating() && isWatched(source(inputs[i]));
        }
        if (depends) {
            entries.add(new Entry(op, List.of(resolved), outputs));
            outputs.stream().filter(output -> output.dtype().isFloating()).forEach(tracked::add);
        }
    }

    /** Runs an action whose ops this tape does not see. */
    <T> T paused(java.util.function.Supplier<T> action) {
        boolean before = recording;
        recording = false;
        try {
            return action.get();
        } finally {
            recording = before;
        }
    }

    /**
     * The gradients of a target with respect to variables or watched tensors (or what was computed from them), each of
     * its source's shape. A target of several elements is summed. Where the target does not depend on a source, the
     * gradient is zeros; of a source that the tape does not watch it can't know, which is a {@link GradientException}.
     */
    public List<Tensor> gradient(Tensor target, List<? extends Tensor> with) {
        if (closed) {
            throw new GradientException("[tape] expected an open tape; it was closed before gradient was called. "
                    + "Call gradient inside of its try block.");
        }
        for (Tensor tensor : with) {
            if (!isWatched(source(tensor))) {
                throw new GradientException(
                        "[tape] expected trainable variables, or tensors that were watched; received \"" + tensor.name()
                                + "\" " + tensor.spec() + ". Call tape.watch with it before it is used.");
            }
        }
        return paused(() -> differentiate(target, with));
    }

    private boolean isWatched(Tensor tensor) {
        return tracked.contains(tensor) || tensor instanceof Variable variable && variable.trainable();
    }

    private Tensor source(Tensor tensor) {
        return sources.getOrDefault(tensor, tensor);
    }

    private List<Tensor> differentiate(Tensor target, List<? extends Tensor> with) {
        Set<Tensor> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Tensor tensor : with) {
            wanted.add(source(tensor));
        }
        for (Entry entry : entries) {
            if (entry.inputs().stream().anyMatch(input -> wanted.contains(source(input)))) {
                entry.outputs().stream()
                        .filter(output -> output.dtype().isFloating())
                        .forEach(wanted::add);
            }
        }
        Map<Tensor, Tensor> gradients = new IdentityHashMap<>();
        gradients.put(source(target), fill(target, 1));
        for (Entry entry : entries.reversed()) {
            boolean reached = entry.outputs().stream().anyMatch(gradients::containsKey);
            if (reached && entry.outputs().stream().anyMatch(wanted::contains)) {
                entry.op().vjp(new Rule(entry, gradients, wanted));
            }
            // With all its users passed, nothing more can come in for these.
            entry.outputs().stream().filter(output -> !isWanted(with, output)).forEach(gradients::remove);
        }
        List<Tensor> results = new ArrayList<>();
        for (Tensor tensor : with) {
            Tensor gradient = gradients.get(source(tensor));
            results.add(gradient == null ? fill(tensor, 0) : gradient);
        }
        return results;
    }

    // Tensors are compared by identity: two with the same values are different nodes of the computation.
    @SuppressWarnings("ReferenceEquality")
    private static boolean isWanted(List<? extends Tensor> with, Tensor tensor) {
        for (Tensor one : with) {
            if (one == tensor) {
                return true;
            }
        }
        return false;
    }

    private static Tensor fill(Tensor like, double value) {
        return Dispatch.INSTANCE.apply(new SourceOp.Fill(like.shape(), like.dtype(), value));
    }

    private final class Rule implements Vjp {
        private final Entry entry;
        private final Map<Tensor, Tensor> gradients;
        private final Set<Tensor> wanted;

        private Rule(Entry entry, Map<Tensor, Tensor> gradients, Set<Tensor> wanted) {
            this.entry = entry;
            this.gradients = gradients;
            this.wanted = wanted;
        }

        @Override
        public Tensor input(int index) {
            return entry.inputs().get(index);
        }

        @Override
        public Tensor output(int index) {
            return entry.outputs().get(index);
        }

        @Override
        public Tensor dy(int index) {
            Tensor dy = gradients.get(output(index));
            return dy == null ? fill(output(index), 0) : dy;
        }

        @Override
        public boolean hasGradient(int index) {
            return gradients.containsKey(output(index));
        }

        @Override
        public boolean needs(int index) {
            return wanted.contains(source(input(index)));
        }

        @Override
        public void gradient(int index, Tensor value) {
            Tensor input = input(index);
            if (!value.spec().equals(input.spec())) {
                throw new GradientException("[" + entry.op().opName() + "] expected a gradient of " + input.spec()
                        + " for input " + index + "; its gradient rule gave " + value.spec() + ".");
            }
            @Nullable Tensor before = gradients.get(source(input));
            gradients.put(source(input), before == null ? value : add(before, value));
        }

        @Override
        public List<Tensor> applyAll(Op op, Tensor... inputs) {
            return Dispatch.INSTANCE.applyAll(op, inputs);
        }
    }

    /** Stops recording and forgets what was recorded. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        List<GradientTape> tapes = Ambient.current().tapes;
        if (Thread.currentThread() != owner || tapes.isEmpty() || tapes.getLast() != this) {
            throw new IllegalStateException(
                    "[tape] expected tapes to be closed in the opposite order of opening, on the "
                            + "thread that opened them. Use try-with-resources.");
        }
        tapes.removeLast();
        closed = true;
        pins.forEach((variable, mine) -> mine.forEach(variable::unpin));
        pins.clear();
        entries.clear();
        tracked.clear();
        sources.clear();
    }
}
