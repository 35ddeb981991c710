package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.DeviceCounters;
import dev.lamina.backend.cuda.OnCuda;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.backend.cuda.WithoutTinySteps;
import dev.lamina.callbacks.BackupAndRestore;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.data.HostBatch;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Flatten;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Steps that are executed together, as one graph, give the bits that they give one by one. */
@ExtendWith({SimulatedDevice.class, OnCuda.class, WithoutTinySteps.class})
final class StepsTogetherCudaTest {
    /** Six whole batches and a part of one. */
    private static final int SAMPLES = 53;

    private static final int BATCH = 8;

    @TempDir
    private Path folder;

    private record Outcome(Map<String, List<Double>> history, List<double[]> state) {}

    private static Model model() {
        return Sequential.of(
                new Flatten(),
                new Dense(12, "relu"),
                new BatchNormalization(),
                new Dropout(0.3),
                new Dense(TestModels.CLASSES, "softmax"));
    }

    private static HostArray x() {
        return TestModels.images(SAMPLES, 1);
    }

    private static HostArray y() {
        return TestModels.labels(SAMPLES, 2);
    }

    private static FitOptions fit() {
        return FitOptions.epochs(4).batchSize(BATCH).verbose(false);
    }

    private static Outcome run(int together, FitOptions options, Callback... callbacks) {
        SeedGenerator.setGlobalSeed(31);
        try (Model model = model()) {
            model.compile(CompileOptions.with("adam")
                    .loss("sparse_categorical_crossentropy")
                    .metric("accuracy")
                    .stepsPerExecution(together));
            FitOptions all = options;
            for (Callback callback : callbacks) {
                all = all.callback(callback);
            }
            History history = model.fit(x(), y(), all);
            List<Variable> variables = new ArrayList<>(model.variables());
            variables.addAll(model.optimizer().variables());
            return new Outcome(
                    history.values(),
                    variables.stream().map(v -> v.toHost().toDoubleArray()).toList());
        }
    }

    private static void assertSame(Outcome found, Outcome expected) {
        assertThat(found.history()).isEqualTo(expected.history());
        assertThat(found.state()).hasSameSizeAs(expected.state());
        for (int i = 0; i < expected.state().size(); i++) {
            assertThat(found.state().get(i))
                    .as("variable %d", i)
                    .isEqualTo(expected.state().get(i));
        }
    }

    private static Map<String, FitOptions> cases() {
        HostArray weights = HostArray.zeros(Shape.of(SAMPLES), DType.FLOAT32).fill(i -> 0.5 + i % 3);
        Map<String, FitOptions> cases = new LinkedHashMap<>();
        cases.put("shuffled", fit());
        cases.put("in order", fit().shuffle(false));
        cases.put("steps that cross passes", fit().stepsPerEpoch(5));
        cases.put("sample weights", fit().sampleWeights(weights));
        cases.put("class weights", fit().classWeights(Map.of(1, 3.0, 4, 0.25)));
        cases.put(
                "validation",
                fit().validation(new HostBatch(
                                List.of(TestModels.images(19, 3)), List.of(TestModels.labels(19, 4)), List.of()))
                        .validationBatchSize(3));
        return cases;
    }

    @TestFactory
    Stream<DynamicTest> theSameBits() {
        return cases().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    // One by one, since somebody follows.
                    Outcome expected = run(1, entry.getValue(), new Asked());
                    assertSame(run(3, entry.getValue(), new Asked()), expected);
                    assertSame(run(1, entry.getValue()), expected);
                }));
    }

    /** Counts graph launches, launches beside them, uploads, waits and allocations between the batch hooks. */
    private static final class Asked implements Callback {
        private final List<Integer> ends = new ArrayList<>();
        private final List<List<Long>> counts = new ArrayList<>();
        private List<Long> before = List.of();

        private static List<Long> now() {
            return List.of(
                    DeviceCounters.graphLaunches(),
                    DeviceCounters.launches(),
                    Backends.current().statistics().uploads(),
                    DeviceCounters.now().synchronizations(),
                    Backends.current().statistics().allocations());
        }

        @Override
        public void onTrainBatchBegin(int step, TrainingContext training) {
            before = now();
        }

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            List<Long> after = now();
            List<Long> counted = new ArrayList<>();
            for (int i = 0; i < after.size(); i++) {
                counted.add(after.get(i) - before.get(i));
            }
            ends.add(step);
            counts.add(counted);
        }
    }

    @Test
    void oneGraphForAllStepsOfAnExecution() {
        Asked asked = new Asked();
        run(3, fit(), asked);
        assertThat(asked.ends.subList(0, 3)).containsExactly(2, 5, 6);
        // From the third epoch on all is captured. The first execution uploads the order of the pass.
        List<List<Long>> epoch = asked.counts.subList(6, 9);
        assertThat(epoch.get(0)).isEqualTo(List.of(1L, 0L, 1L, 0L, 0L));
        assertThat(epoch.get(1)).isEqualTo(List.of(1L, 0L, 0L, 0L, 0L));
        assertThat(epoch.get(2)).isEqualTo(List.of(1L, 0L, 0L, 0L, 0L));
        assertThat(asked.counts.subList(9, 12)).isEqualTo(epoch);
    }

    @Test
    void theRestOfAnEpochIsGraphsOfOneStep() {
        Asked asked = new Asked();
        run(4, fit(), asked);
        // Four steps, then two on whole batches and one on what is left.
        assertThat(asked.ends.subList(0, 2)).containsExactly(3, 6);
        assertThat(asked.counts.get(6)).isEqualTo(List.of(1L, 0L, 1L, 0L, 0L));
        assertThat(asked.counts.get(7)).isEqualTo(List.of(3L, 0L, 0L, 0L, 0L));
    }

    @Test
    void whereNobodyFollowsBatchesAnEpochIsOneExecution() {
        SeedGenerator.setGlobalSeed(31);
        List<Long> graphs = new ArrayList<>();
        Callback epochs = new Callback() {
            @Override
            public void onEpochBegin(int epoch, TrainingContext training) {
                graphs.add(DeviceCounters.graphLaunches());
            }

            @Override
            public void onTrainEnd(Logs logs, TrainingContext training) {
                graphs.add(DeviceCounters.graphLaunches());
            }
        };
        run(1, fit(), epochs);
        // One of the whole batches and one of the rest.
        assertThat(graphs.get(4) - graphs.get(3)).isEqualTo(2);
    }

    @Test
    void manyStepsAreGraphsOfAPartOfThem() {
        int batches = 200;
        HostArray x = TestModels.images(batches, 1);
        HostArray y = TestModels.labels(batches, 2);
        List<double[]> results = new ArrayList<>();
        for (boolean following : new boolean[] {true, false}) {
            SeedGenerator.setGlobalSeed(31);
            long graphs = DeviceCounters.graphLaunches();
            try (Model model = model()) {
                model.compile("sgd", "sparse_categorical_crossentropy");
                FitOptions options = FitOptions.epochs(1).batchSize(1).verbose(false);
                model.fit(x, y, following ? options.callback(new Asked()) : options);
                results.add(model.weights().get(0).toHost().toDoubleArray());
            }
            // The first step is issued op by op; 199 in 13 parts are 15 each, and 4 are left.
            assertThat(DeviceCounters.graphLaunches() - graphs).isEqualTo(following ? 199 : 13 + 4);
        }
        assertThat(results.get(1)).isEqualTo(results.get(0));
    }

    /** Another rate before each execution. */
    private static final class Rates implements Callback {
        @Override
        public void onTrainBatchBegin(int step, TrainingContext training) {
            training.setLearningRate(0.01 / (1 + step));
        }
    }

    @Test
    void theLearningRateMayChangeBetween() {
        // A batch of the last step's size, so that all executions have the same steps and the callback the same calls.
        FitOptions even = fit().stepsPerEpoch(6);
        Callback everyThird = new Callback() {
            @Override
            public void onTrainBatchBegin(int step, TrainingContext training) {
                if (step % 3 == 0) {
                    training.setLearningRate(0.01 / (1 + step));
                }
            }
        };
        assertSame(run(3, even, new Rates()), run(1, even, everyThird));
    }

    /** Ends the training by an exception after so many executions. */
    private static final class InterruptAfter implements Callback {
        private int executions;

        private InterruptAfter(int executions) {
            this.executions = executions;
        }

        @Override
        public void onTrainBatchBegin(int step, TrainingContext training) {
            if (executions-- == 0) {
                throw new IllegalStateException("interrupted");
            }
        }
    }

    @Test
    void resumedInTheMiddleOfAnEpoch() {
        Outcome whole = run(1, fit());
        for (int executions : new int[] {1, 4, 8}) {
            Path backup = folder.resolve("after" + executions);
            assertThatThrownBy(
                            () -> run(2, fit(), new BackupAndRestore(backup, 1, true), new InterruptAfter(executions)))
                    .hasMessageContaining("interrupted");
            Outcome resumed = run(3, fit(), new BackupAndRestore(backup, 1, true));
            assertThat(resumed.state()).hasSameSizeAs(whole.state());
            for (int i = 0; i < whole.state().size(); i++) {
                assertThat(resumed.state().get(i))
                        .as("variable %d", i)
                        .isEqualTo(whole.state().get(i));
            }
        }
    }
}
