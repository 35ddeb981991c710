package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.BackendStatistics;
import dev.lamina.backend.Backends;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A traced step reads nothing back to the host and allocates nothing; its batch is uploaded only where that is no more
 * than a copy within the same memory.
 */
final class StepCountersTest {
    private static final class Counters implements Callback {
        private final List<BackendStatistics> afterBatch = new ArrayList<>();

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            afterBatch.add(Backends.current().statistics());
        }
    }

    @AfterEach
    void restore() {
        DTypePolicy.setGlobal(DTypePolicy.FLOAT32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"float32", "mixed_bfloat16", "mixed_float16"})
    void noHostReadsAndNoAllocations(String policy) {
        DTypePolicy.setGlobal(policy);
        SeedGenerator.setGlobalSeed(3);
        HostArray x = TestModels.images(96, 1);
        HostArray y = TestModels.labels(96, 2);
        for (String name : TestModels.all().keySet()) {
            try (Model model = TestModels.all().get(name).get()) {
                model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
                Counters counters = new Counters();
                model.fit(
                        x, y, FitOptions.epochs(1).batchSize(16).verbose(false).callback(counters));

                List<BackendStatistics> steps = counters.afterBatch;
                assertThat(steps).hasSize(6);
                boolean resident = Backends.current().hasOwnMemory();
                // The samples go to the device before the second step.
                for (int i = resident ? 2 : 1; i < steps.size(); i++) {
                    assertThat(steps.get(i).downloads() - steps.get(i - 1).downloads())
                            .as(name)
                            .isZero();
                    assertThat(steps.get(i).allocations() - steps.get(i - 1).allocations())
                            .as(name)
                            .isZero();
                    assertThat(steps.get(i).uploads() - steps.get(i - 1).uploads())
                            .as(name)
                            .isEqualTo(resident ? 0 : 2);
                }
            }
        }
    }
}
