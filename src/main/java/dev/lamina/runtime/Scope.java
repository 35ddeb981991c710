package dev.lamina.runtime;

import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Owns the results of the ops that run on this thread while it is the innermost open scope, and releases them when it
 * closes:
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *     Tensor hidden = Ops.relu(Ops.matmul(x, kernel));
 *     return scope.keep(Ops.mean(hidden));
 * }
 * }</pre>
 *
 * Without a scope, a result is freed after it becomes unreachable. Scopes belong to the thread that opened them and
 * close in the opposite order of opening; anything else is an {@link IllegalStateException}. Closing twice does
 * nothing.
 */
public final class Scope implements AutoCloseable {
    private final Thread owner = Thread.currentThread();
    private final List<ConcreteTensor> tensors = new ArrayList<>();
    private final Set<ConcreteTensor> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean closed;

    private Scope() {}

    /** Opens a scope inside the present one. */
    public static Scope open() {
        Scope scope = new Scope();
        Ambient.current().scopes.push(scope);
        return scope;
    }

    /** The tensor and its mask outlive this scope: the next outer scope owns them, or nobody. Returns the tensor. */
    public <T extends Tensor> T keep(T tensor) {
        checkThread("keep");
        if (tensor instanceof ConcreteTensor concrete) {
            kept.add(concrete);
        }
        tensor.mask().ifPresent(this::keep);
        return tensor;
    }

    void own(ConcreteTensor tensor) {
        tensors.add(tensor);
    }

    private void checkThread(String what) {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException(
                    "[scope] expected " + what + " on the thread that opened the scope, " + owner.getName()
                            + "; received it on " + Thread.currentThread().getName() + ".");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        checkThread("close");
        Ambient ambient = Ambient.current();
        if (ambient.scopes.peek() != this) {
            throw new IllegalStateException("[scope] expected scopes to be closed in the opposite order of opening; "
                    + "received the close of an outer scope while an inner one is open. Use try-with-resources.");
        }
        ambient.scopes.pop();
        closed = true;
        Scope outer = ambient.scopes.peek();
        String when = "its scope closed at " + CallSite.ofUser();
        for (ConcreteTensor tensor : tensors) {
            if (!kept.contains(tensor)) {
                tensor.release(when);
            } else if (outer != null) {
                outer.own(tensor);
            } else {
                Memory.disown(tensor);
            }
        }
    }
}
