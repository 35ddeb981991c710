package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Layer;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.Vjp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for a predictor is served before those who come later, be they on a core already. */
@Timeout(60)
final class PredictorTurnsTest {
    private static final int WAITING = 4;

    private final List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch proceed = new CountDownLatch(1);

    /** Writes down whose call it is, by the value that it is given, and holds the first one up. */
    private final class Note implements CustomOp {
        @Override
        public String opName() {
            return "note";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return inputs;
        }

        @Override
        public void vjp(Vjp vjp) {}

        @Override
        public boolean mayWaitForHost() {
            return true;
        }

        @Override
        public void computeOnHost(
                List<TensorSpec> inputSpecs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
            served.add((int) inputs.get(0).getAtIndex(ValueLayout.JAVA_FLOAT, 0));
            outputs.get(0).copyFrom(inputs.get(0));
            begun.countDown();
            try {
                proceed.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private final class Noted extends Layer {
        @Override
        protected Tensor call(Tensor x) {
            return Ops.apply(new Note(), x);
        }
    }

    private static void call(Predictor predictor, int caller) {
        predictor.predict(new float[] {caller}, new float[1]);
    }

    private static void awaitWaiting(Thread thread) throws InterruptedException {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
    }

    @Test
    void inTheOrderTheyCame() throws InterruptedException {
        try (Sequential model = Sequential.of(new Noted());
                Predictor predictor = model.predictor(Shape.of(1, 1))) {
            List<Thread> callers = new ArrayList<>();
            callers.add(Thread.ofPlatform().start(() -> {
                call(predictor, 0);
                // At once, while the next one wakes up.
                call(predictor, WAITING + 1);
            }));
            begun.await();
            for (int i = 1; i <= WAITING; i++) {
                int caller = i;
                Thread thread = Thread.ofPlatform().start(() -> call(predictor, caller));
                awaitWaiting(thread);
                callers.add(thread);
            }
            proceed.countDown();
            for (Thread caller : callers) {
                caller.join();
            }
        }
        assertThat(served).containsExactly(0, 1, 2, 3, 4, 5);
    }
}
