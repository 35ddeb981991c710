package dev.lamina.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.layers.Dense;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Memory;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Memory in use stays where it is over many steps, predictions and unscoped ops. */
final class SoakTest {
    /** Elements of an unscoped result: 1 KiB, so that a million of them are four times the bound. */
    private static final int OP_SIZE = 256;

    /** A slow device does one in so many of the rounds: {@code -Dlamina.soak.divisor}. */
    private static final int DIVISOR = Integer.getInteger("lamina.soak.divisor", 1);

    private static long live() {
        // A forgotten model goes in two collections: its compiled steps, which hold its variables, then these.
        for (int i = 0; i < 3; i++) {
            Memory.collect();
        }
        return Backends.current().statistics().liveBytes();
    }

    private static Sequential tiny() {
        Sequential model = Sequential.of(new Dense(8, "relu"), new Dense(1));
        model.compile("adam", "mse");
        return model;
    }

    private final HostArray x = HostArray.zeros(Shape.of(40, 4), DType.FLOAT32).fill(i -> Math.sin(i));
    private final HostArray y = HostArray.zeros(Shape.of(40, 1), DType.FLOAT32).fill(i -> Math.cos(i));

    @Test
    void tenThousandTrainingSteps() {
        try (Model model = tiny()) {
            FitOptions options =
                    FitOptions.epochs(Math.max(1, 100 / DIVISOR)).batchSize(4).verbose(false);
            model.fit(x, y, options);
            long before = live();
            for (int i = 0; i < 10; i++) {
                model.fit(x, y, options);
            }
            assertThat(live()).isEqualTo(before);
        }
    }

    @Test
    void tenThousandPredictions() {
        try (Model model = tiny()) {
            HostArray row = x.rows(0, 1);
            model.predict(row);
            long before = live();
            for (int i = 0; i < 10_000 / DIVISOR; i++) {
                model.predict(row);
            }
            assertThat(live()).isEqualTo(before);
        }
    }

    @Test
    void aMillionUnscopedOps() {
        Tensor a = Ops.ones(OP_SIZE);
        long before = live();
        long most = 0;
        for (int i = 0; i < 1_000_000 / DIVISOR; i++) {
            Tensor unused = Ops.relu(a);
            if (i % 1_000 == 0) {
                most = Math.max(most, Backends.current().statistics().liveBytes());
                assertThat(unused.shape()).isEqualTo(Shape.of(OP_SIZE));
            }
        }
        assertThat(a.shape()).isEqualTo(Shape.of(OP_SIZE));
        assertThat(most - before).as("bytes waiting for the collector").isLessThan(256L << 20);
        assertThat(live()).isEqualTo(before);
        java.lang.ref.Reference.reachabilityFence(a);
    }

    @Test
    void modelsGiveEverythingBack() {
        long before = live();
        for (int i = 0; i < 20; i++) {
            try (Model model = tiny()) {
                model.fit(x, y, FitOptions.epochs(2).verbose(false));
                model.predict(x);
            }
        }
        assertThat(live()).as(() -> Memory.liveReport()).isEqualTo(before);
    }

    @Test
    void forgottenModelsAreFreedByTheCollector() {
        long before = live();
        for (int i = 0; i < 5; i++) {
            trainAndForget();
        }
        assertThat(live()).as(() -> Memory.liveReport()).isEqualTo(before);
    }

    /** In a method of its own, so that no local variable keeps the model, which is never closed. */
    private void trainAndForget() {
        Sequential model = tiny();
        model.fit(x, y, FitOptions.epochs(1).verbose(false));
    }
}
