package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.cuda.DeviceCounters;
import dev.lamina.backend.cuda.OnCuda;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.backend.cuda.WithoutTinySteps;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A step of fit is one graph launch, in which its batch is taken from the samples, and nobody waits for the device
 * within an epoch.
 */
@ExtendWith({SimulatedDevice.class, OnCuda.class, WithoutTinySteps.class})
final class StepGraphCudaTest {
    private record Counted(long graphs, long launches, long synchronizations, long downloads) {
        static Counted now() {
            return new Counted(
                    DeviceCounters.graphLaunches(),
                    DeviceCounters.launches(),
                    DeviceCounters.now().synchronizations(),
                    DeviceCounters.now().downloads());
        }

        Counted since(Counted before) {
            return new Counted(
                    graphs - before.graphs,
                    launches - before.launches,
                    synchronizations - before.synchronizations,
                    downloads - before.downloads);
        }
    }

    private static final class Counters implements Callback {
        private final List<Counted> afterBatch = new ArrayList<>();

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            afterBatch.add(Counted.now());
        }
    }

    @Test
    void oneLaunchAStep() {
        SeedGenerator.setGlobalSeed(3);
        HostArray x = TestModels.images(48, 1);
        HostArray y = TestModels.labels(48, 2);
        for (String name : TestModels.all().keySet()) {
            try (Model model = TestModels.all().get(name).get()) {
                model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
                Counters counters = new Counters();
                model.fit(x, y, FitOptions.epochs(2).batchSize(8).verbose(false).callback(counters));

                List<Counted> steps = counters.afterBatch;
                assertThat(steps).hasSize(12);
                for (int i = 2; i < steps.size(); i++) {
                    Counted step = steps.get(i).since(steps.get(i - 1));
                    assertThat(step.graphs()).as(name).isEqualTo(1);
                    if (i != 6) {
                        // Step 6 begins an epoch: the metrics were read and begin anew, and so does the order.
                        assertThat(step).as(name).isEqualTo(new Counted(1, 0, 0, 0));
                    }
                }
            }
        }
    }
}
