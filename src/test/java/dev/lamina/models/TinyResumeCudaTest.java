package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.cuda.DeviceCounters;
import dev.lamina.backend.cuda.OnCuda;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.callbacks.BackupAndRestore;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.Dense;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training of a tiny network, of which many steps are one launch, gives the same bits when it is interrupted and
 * resumed.
 */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class TinyResumeCudaTest {
    /** Seven whole batches and a part of one, for training; for validation three of each size. */
    private static final int SAMPLES = 121;

    private static final int BATCH = 16;
    private static final int EPOCHS = 4;

    private final HostArray x =
            HostArray.zeros(Shape.of(SAMPLES, 4), DType.FLOAT32).fill(i -> Math.sin(i * i % 101));
    private final HostArray y =
            HostArray.zeros(Shape.of(SAMPLES, 1), DType.FLOAT32).fill(i -> Math.cos(i % 17));

    @TempDir
    private Path folder;

    private record Outcome(Map<String, List<Double>> history, List<double[]> state, long launches) {}

    /** Ends the training by an exception after so many executions. */
    private static final class AfterExecutions implements Callback {
        private int executions;

        private AfterExecutions(int executions) {
            this.executions = executions;
        }

        @Override
        public void onTrainBatchBegin(int step, TrainingContext training) {
            if (executions-- == 0) {
                throw new IllegalStateException("interrupted");
            }
        }
    }

    /** Ends the training by an exception when an epoch begins; follows no batches. */
    private record InEpoch(int epoch) implements Callback {
        @Override
        public void onEpochBegin(int now, TrainingContext training) {
            if (now == epoch) {
                throw new IllegalStateException("interrupted");
            }
        }
    }

    private Outcome run(long seed, Callback... callbacks) {
        SeedGenerator.setGlobalSeed(seed);
        try (Model model = Sequential.of(new Dense(8, "relu"), new Dense(1))) {
            model.compile(CompileOptions.with("adam").loss("mse").metric("mae").stepsPerExecution(3));
            FitOptions options = FitOptions.epochs(EPOCHS)
                    .batchSize(BATCH)
                    .validation(x, y)
                    .validationBatchSize(36)
                    .verbose(false);
            for (Callback callback : callbacks) {
                options = options.callback(callback);
            }
            long before = DeviceCounters.launches("tiny_steps");
            History history = model.fit(x, y, options);
            List<Variable> variables = new ArrayList<>(model.variables());
            variables.addAll(model.optimizer().variables());
            return new Outcome(
                    history.values(),
                    variables.stream().map(v -> v.toHost().toDoubleArray()).toList(),
                    DeviceCounters.launches("tiny_steps") - before);
        }
    }

    private void assertResumed(Callback interrupt, int batches, String name) {
        Path backup = folder.resolve(name);
        Outcome whole = run(5, new BackupAndRestore(folder.resolve(name + " whole"), batches, true));
        assertThatThrownBy(() -> run(5, new BackupAndRestore(backup, batches, true), interrupt))
                .hasMessageContaining("interrupted");

        Outcome resumed = run(99, new BackupAndRestore(backup, batches, true));

        assertThat(resumed.launches()).as(name).isBetween(1L, whole.launches() - 1);
        assertThat(resumed.state()).as(name).hasSameSizeAs(whole.state());
        for (int i = 0; i < whole.state().size(); i++) {
            assertThat(resumed.state().get(i))
                    .as("%s, variable %d", name, i)
                    .isEqualTo(whole.state().get(i));
        }
        Map<String, List<Double>> expected = new LinkedHashMap<>();
        whole.history().forEach((measure, values) -> {
            int missed = values.size() - resumed.history().get(measure).size();
            expected.put(measure, values.subList(missed, values.size()));
        });
        assertThat(resumed.history()).as(name).isEqualTo(expected);
    }

    @Test
    void inTheMiddleOfAnEpoch() {
        for (int executions : new int[] {1, 4, 8}) {
            assertResumed(new AfterExecutions(executions), 1, "after " + executions);
        }
    }

    @Test
    void betweenEpochs() {
        assertResumed(new InEpoch(2), 0, "between");
    }
}
