package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Who owns the results of ops, and when they are released. */
class ScopeTest {
    private static long live() {
        return Backends.current().statistics().liveBytes();
    }

    @Test
    void releasesWhatWasMadeInside() {
        Memory.collect();
        long before = live();
        Tensor escaped;
        try (Scope scope = Scope.open()) {
            escaped = Ops.zeros(1000);
            assertThat(live()).isGreaterThanOrEqualTo(before + 4000);
        }
        assertThat(live()).isLessThanOrEqualTo(before);
        assertThatThrownBy(escaped::toHost)
                .isInstanceOf(ReleasedTensorException.class)
                .hasMessageMatching("Tensor \"fill\" float32 \\(1000,\\) was released when its scope closed at "
                        + "\\w+\\.java:\\d+\\. Keep it with scope\\.keep\\(tensor\\)\\.");
        assertThatThrownBy(() -> Ops.add(escaped, 1)).isInstanceOf(ReleasedTensorException.class);
        assertThat(escaped.toString()).contains("released when its scope closed");
    }

    @Test
    void keepsWhatItIsTold() {
        Tensor kept;
        try (Scope scope = Scope.open()) {
            kept = scope.keep(Ops.add(Ops.zeros(2), 3));
        }
        assertThat(kept.toFloatArray()).containsExactly(3, 3);
    }

    @Test
    void whatIsKeptBelongsToTheNextOuterScope() {
        Tensor kept;
        try (Scope outer = Scope.open()) {
            try (Scope inner = Scope.open()) {
                kept = inner.keep(Ops.zeros(2));
            }
            assertThat(kept.toFloatArray()).containsExactly(0, 0);
        }
        assertThatThrownBy(kept::toHost).isInstanceOf(ReleasedTensorException.class);
    }

    @Test
    void aReshapeOutlivesTheTensorWhoseMemoryItShares() {
        Tensor view;
        try (Scope scope = Scope.open()) {
            Tensor x = Ops.tensor(new float[] {1, 2, 3, 4});
            view = scope.keep(Ops.reshape(x, 2, 2));
        }
        assertThat(view.toFloatArray()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void variablesBelongToNoScope() {
        Variable variable;
        try (Scope scope = Scope.open()) {
            variable = Variables.create("weight", HostArray.of(new float[] {1, 2}), true);
        }
        assertThat(variable.toFloatArray()).containsExactly(1, 2);
        variable.close();
        assertThatThrownBy(variable::toHost)
                .isInstanceOf(ReleasedTensorException.class)
                .hasMessage("Variable \"weight\" float32 (2,) was released when its owner was closed. "
                        + "Use the model before model.close().");
    }

    @Test
    void closingTwiceDoesNothing() {
        Scope scope = Scope.open();
        scope.close();
        scope.close();
        assertThat(Ops.zeros(1).item()).isZero();
    }

    @Test
    void closesInTheOppositeOrderOfOpening() {
        Scope outer = Scope.open();
        Scope inner = Scope.open();
        assertThatThrownBy(outer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[scope] expected scopes to be closed in the opposite order of opening; received the "
                        + "close of an "
                        + "outer scope while an inner one is open. Use try-with-resources.");
        inner.close();
        outer.close();
    }

    @Test
    void belongsToItsThread() throws InterruptedException {
        try (Scope scope = Scope.open()) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            AtomicReference<Tensor> result = new AtomicReference<>();
            Thread thread = new Thread(
                    () -> {
                        result.set(Ops.zeros(3));
                        try {
                            scope.close();
                        } catch (IllegalStateException e) {
                            failure.set(e);
                        }
                    },
                    "other");
            thread.start();
            thread.join();
            assertThat(failure.get())
                    .hasMessage("[scope] expected close on the thread that opened the scope, "
                            + Thread.currentThread().getName() + "; received it on other.");
            scope.close();
            assertThat(result.get().toFloatArray())
                    .as("a result of a thread without a scope")
                    .containsExactly(0, 0, 0);
        }
    }

    @Test
    void releasesWhenTheBlockFails() {
        Memory.collect();
        long before = live();
        assertThatThrownBy(() -> {
                    try (Scope scope = Scope.open()) {
                        Tensor x = Ops.zeros(1000);
                        Ops.matmul(x, x);
                    }
                })
                .hasMessage("[matmul] expected tensors of rank 2 or more; received (1000,) and (1000,).");
        assertThat(live()).isLessThanOrEqualTo(before);
    }
}
