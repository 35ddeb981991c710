package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.Dense;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.optimizers.Adam;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A training leaves next to nothing on the heap: 10,000 steps of a tiny model less than 1 MB. */
final class StepGarbageTest {
    private static final int STEPS = 10_000;
    private static final int WARM = 30_000;
    private static final long MOST = 1 << 20;

    private static final int BATCH = 16;
    private static final int SAMPLES = 5 * BATCH;

    private final Random random = new Random(5);
    private final HostArray x =
            HostArray.zeros(Shape.of(SAMPLES, 8), DType.FLOAT32).fill(i -> random.nextGaussian());
    private final HostArray y = HostArray.zeros(Shape.of(SAMPLES), DType.INT32).fill(i -> random.nextInt(4));

    /** Looks at the thread's counter after the steps that warm up, and after as many more as count. */
    private static final class Counter implements Callback {
        private long warm;
        private long end;

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            if (step == WARM) {
                warm = Garbage.allocatedBytes();
            } else if (step == WARM + STEPS) {
                end = Garbage.allocatedBytes();
            }
        }
    }

    private static Sequential model() {
        Sequential model = Sequential.of(new Dense(16, "relu"), new Dense(4));
        model.compile(new Adam(1e-3), new SparseCategoricalCrossentropy(true), "accuracy");
        return model;
    }

    private long fit(boolean shuffle) {
        Counter counter = new Counter();
        try (Sequential model = model()) {
            model.fit(
                    x,
                    y,
                    FitOptions.epochs(1)
                            .batchSize(BATCH)
                            .shuffle(shuffle)
                            .stepsPerEpoch(WARM + STEPS + 1)
                            .verbose(false)
                            .callback(counter));
        }
        System.out.println(
                STEPS + " steps took " + (counter.end - counter.warm) + " bytes of the heap, shuffle " + shuffle);
        return counter.end - counter.warm;
    }

    @Test
    void stepsInAShuffledOrder() {
        assertThat(fit(true)).isBetween(0L, MOST);
    }

    @Test
    void stepsInTheOrderOfTheData() {
        assertThat(fit(false)).isBetween(0L, MOST);
    }
}
