package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.OnCuda;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.backend.cuda.WithoutTinySteps;
import dev.lamina.callbacks.BackupAndRestore;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.data.HostBatch;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Embedding;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.Rescaling;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Training on samples that lie on the device gives the bits that it gives on samples fed from the host. */
@ExtendWith({SimulatedDevice.class, OnCuda.class, WithoutTinySteps.class})
final class ResidentDataCudaTest {
    private static final String PROPERTY = "dev.lamina.residentBytes";
    private static final int SAMPLES = 37;
    private static final int BATCH = 8;

    @TempDir
    private Path folder;

    @AfterEach
    void clear() {
        System.clearProperty(PROPERTY);
    }

    private record Outcome(Map<String, List<Double>> history, List<double[]> state) {}

    /** Counts the samples' uploads: how many there were in each step, but for the first of each epoch. */
    private static final class Uploads implements Callback {
        private final List<Long> counts = new ArrayList<>();
        private long last;

        @Override
        public void onTrainBatchBegin(int step, TrainingContext training) {
            last = Backends.current().statistics().uploads();
        }

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            counts.add(Backends.current().statistics().uploads() - last);
        }
    }

    private record Case(Supplier<Model> model, List<HostArray> x, List<HostArray> y, FitOptions options) {
        Case(Supplier<Model> model, HostArray x, HostArray y, FitOptions options) {
            this(model, List.of(x), List.of(y), options);
        }
    }

    private static Model classifier() {
        return Sequential.of(
                new Flatten(), new Dense(12, "tanh"), new Dropout(0.3), new Dense(TestModels.CLASSES, "softmax"));
    }

    /** Two inputs, whole numbers and truth values, and two outputs. */
    private static final class TwoByTwo extends Model {
        private final Dense hidden = new Dense(9, "relu");
        private final Dense a = new Dense(TestModels.CLASSES, "softmax");
        private final Dense b = new Dense(TestModels.CLASSES, "softmax");

        @Override
        public List<String> outputNames() {
            return List.of("a", "b");
        }

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            Tensor bytes = Ops.multiply(Ops.cast(inputs.get(0), DType.FLOAT32), 1 / 255.0);
            Tensor flags = Ops.cast(inputs.get(1), DType.FLOAT32);
            Tensor features = hidden.apply(Ops.concat(List.of(bytes, flags), 1));
            return List.of(a.apply(features), b.apply(features));
        }
    }

    private static FitOptions fit() {
        return FitOptions.epochs(3).batchSize(BATCH).verbose(false);
    }

    private static HostArray x() {
        return TestModels.images(SAMPLES, 1);
    }

    private static HostArray y() {
        return TestModels.labels(SAMPLES, 2);
    }

    private static HostArray weights() {
        return HostArray.zeros(Shape.of(SAMPLES), DType.FLOAT32).fill(i -> 0.5 + i % 3);
    }

    private static Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        Supplier<Model> model = ResidentDataCudaTest::classifier;
        cases.put("shuffled", new Case(model, x(), y(), fit()));
        cases.put("in order", new Case(model, x(), y(), fit().shuffle(false)));
        cases.put("one batch", new Case(model, x(), y(), fit().batchSize(SAMPLES)));
        cases.put("steps that cross passes", new Case(model, x(), y(), fit().stepsPerEpoch(3)));
        cases.put("sample weights", new Case(model, x(), y(), fit().sampleWeights(weights())));
        cases.put("class weights", new Case(model, x(), y(), fit().classWeights(Map.of(1, 3.0, 4, 0.25))));
        cases.put("validation split", new Case(model, x(), y(), fit().validationSplit(0.4)));
        cases.put(
                "validation data",
                new Case(
                        model,
                        x(),
                        y(),
                        fit().validation(new HostBatch(
                                        List.of(TestModels.images(19, 3)),
                                        List.of(TestModels.labels(19, 4)),
                                        List.of(HostArray.zeros(Shape.of(19), DType.FLOAT32)
                                                .fill(i -> 1 + i % 2))))
                                .validationBatchSize(6)));
        cases.put(
                "words",
                new Case(
                        () -> Sequential.of(
                                new Embedding(13, 6), new Flatten(), new Dense(TestModels.CLASSES, "softmax")),
                        HostArray.zeros(Shape.of(SAMPLES, 5), DType.INT32).fill(i -> i * 7 % 13),
                        y(),
                        fit()));
        cases.put(
                "pixels that the model scales",
                new Case(
                        () -> Sequential.of(
                                new Rescaling(1.0 / 255), new Flatten(), new Dense(TestModels.CLASSES, "softmax")),
                        HostArray.zeros(Shape.of(SAMPLES, 7, 4, 1), DType.UINT8).fill(i -> i * 37 % 256),
                        y(),
                        fit()));
        cases.put(
                "float64 targets",
                new Case(
                        () -> Sequential.of(
                                new Flatten(),
                                Dense.of(7).dtype("float64").build(),
                                Dense.of(TestModels.CLASSES)
                                        .dtype("float64")
                                        .activation("softmax")
                                        .build()),
                        x().cast(DType.FLOAT64),
                        y().cast(DType.INT64),
                        fit()));
        cases.put(
                "bytes and flags, two outputs",
                new Case(
                        TwoByTwo::new,
                        List.of(
                                HostArray.zeros(Shape.of(SAMPLES, 6), DType.UINT8)
                                        .fill(i -> i * 37 % 256),
                                HostArray.zeros(Shape.of(SAMPLES, 3), DType.BOOL)
                                        .fill(i -> i % 5 < 2 ? 1 : 0)),
                        List.of(y(), TestModels.labels(SAMPLES, 5)),
                        fit().sampleWeights(weights(), weights())));
        return cases;
    }

    private static Outcome run(Case of, long residentBytes, Callback... callbacks) {
        System.setProperty(PROPERTY, Long.toString(residentBytes));
        SeedGenerator.setGlobalSeed(31);
        try (Model model = of.model().get()) {
            model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
            FitOptions options = of.options();
            for (Callback callback : callbacks) {
                options = options.callback(callback);
            }
            History history = model.fit(of.x(), of.y(), options);
            List<Variable> variables = new ArrayList<>(model.variables());
            variables.addAll(model.optimizer().variables());
            return new Outcome(
                    history.values(),
                    variables.stream()
                            .map(variable -> variable.toHost().toDoubleArray())
                            .toList());
        }
    }

    /** What is still allocated may be scalars that nobody refers to any more; the smallest array or order is larger. */
    private static void assertNoSamplesSince(long liveBytes) {
        assertThat(Backends.current().statistics().liveBytes()).isLessThan(liveBytes + SAMPLES * 4);
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

    @TestFactory
    Stream<DynamicTest> theSameBits() {
        return cases().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Uploads resident = new Uploads();
                    long live = Backends.current().statistics().liveBytes();
                    Outcome found = run(entry.getValue(), Long.MAX_VALUE, resident);
                    assertNoSamplesSince(live);
                    Uploads fed = new Uploads();
                    assertSame(found, run(entry.getValue(), 0, fed));
                    assertThat(fed.counts).allMatch(count -> count >= 2);
                    // The order, in a step that is a pass of its own.
                    boolean pass = entry.getValue().options().batchSize() == SAMPLES;
                    assertThat(resident.counts.getLast()).isEqualTo(pass ? 1 : 0);
                }));
    }

    /** What the device was asked for from an epoch's beginning to its last step, by its own count. */
    private static final class Asked implements Callback {
        private final List<Map<String, Long>> epochs = new ArrayList<>();
        private Map<String, Long> begin = Map.of();

        private static Map<String, Long> now() {
            Map<String, Long> counts = new LinkedHashMap<>();
            for (String name : List.of("h2d_bytes", "d2h", "synchronizations")) {
                counts.put(name, SimulatedDevice.counter(name));
            }
            counts.put("allocations", Backends.current().statistics().allocations());
            return counts;
        }

        @Override
        public void onEpochBegin(int epoch, TrainingContext training) {
            begin = now();
        }

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            if (step == Math.ceilDiv(SAMPLES, BATCH) - 1) {
                Map<String, Long> counts = now();
                counts.replaceAll((name, count) -> count - begin.get(name));
                epochs.add(counts);
            }
        }
    }

    @Test
    void aLaterEpochIsGivenItsOrderOnly() {
        SimulatedDevice.assumeSimulated();
        Asked asked = new Asked();
        run(new Case(ResidentDataCudaTest::classifier, x(), y(), fit()), Long.MAX_VALUE, asked);
        // Beside it, zeros for the sums and counts of loss and accuracy.
        long bytes = SAMPLES * 4 + 4 * 4;
        for (int epoch : new int[] {1, 2}) {
            assertThat(asked.epochs.get(epoch))
                    .isEqualTo(Map.of("h2d_bytes", bytes, "d2h", 0L, "synchronizations", 0L, "allocations", 0L));
        }
    }

    @Test
    void samplesThatDoNotFitComeFromTheHost() {
        Case of = new Case(ResidentDataCudaTest::classifier, x(), y(), fit());
        long bytes = SAMPLES * (64 * 4 + 4);
        Uploads tooMany = new Uploads();
        Uploads fitting = new Uploads();
        assertSame(run(of, bytes - 1, tooMany), run(of, bytes, fitting));
        assertThat(tooMany.counts.getLast()).isEqualTo(2);
        assertThat(fitting.counts.getLast()).isZero();
    }

    /** Takes the device's memory away while the second batch is made. */
    private static final class NoMemory implements Callback {
        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            // Nor are there blocks that the allocator has kept.
            Backends.current().trim();
            SimulatedDevice.memory(step == 0 ? 1 : 4L << 30);
        }
    }

    @Test
    void samplesThatFindNoMemoryComeFromTheHost() {
        SimulatedDevice.assumeSimulated();
        Case of = new Case(ResidentDataCudaTest::classifier, x(), y(), fit().withEpochs(1));
        Uploads uploads = new Uploads();
        long live = Backends.current().statistics().liveBytes();
        Outcome found = run(of, Long.MAX_VALUE, uploads, new NoMemory());
        assertNoSamplesSince(live);
        assertThat(uploads.counts.subList(1, 4)).containsOnly(2L);
        assertSame(found, run(of, 0));
    }

    @Test
    void aFewStepsOfManySamplesComeFromTheHost() {
        FitOptions options = fit().withEpochs(2).stepsPerEpoch(2);
        Uploads uploads = new Uploads();
        run(new Case(ResidentDataCudaTest::classifier, x(), y(), options), Long.MAX_VALUE, uploads);
        // The first step makes the optimizer's variables, too.
        assertThat(uploads.counts.subList(1, 4)).containsOnly(2L);
    }

    @Test
    void opByOp() {
        Function<Long, Outcome> train = bytes -> {
            System.setProperty(PROPERTY, Long.toString(bytes));
            SeedGenerator.setGlobalSeed(31);
            try (Model model = classifier()) {
                model.compile(CompileOptions.with("sgd")
                        .loss("sparse_categorical_crossentropy")
                        .runEagerly(true));
                return new Outcome(model.fit(List.of(x()), List.of(y()), fit()).values(), List.of());
            }
        };
        assertSame(train.apply(Long.MAX_VALUE), train.apply(0L));
    }

    /** Ends the training by an exception after so many steps. */
    private static final class InterruptAfter implements Callback {
        private int steps;

        private InterruptAfter(int steps) {
            this.steps = steps;
        }

        @Override
        public void onTrainBatchBegin(int step, TrainingContext training) {
            if (steps-- == 0) {
                throw new IllegalStateException("interrupted");
            }
        }
    }

    @Test
    void resumedInTheMiddleOfAnEpoch() {
        Case of = new Case(ResidentDataCudaTest::classifier, x(), y(), fit());
        Outcome whole = run(of, 0);
        for (int steps : new int[] {3, 7}) {
            Path backup = folder.resolve("after" + steps);
            long live = Backends.current().statistics().liveBytes();
            assertThatThrownBy(() ->
                            run(of, Long.MAX_VALUE, new BackupAndRestore(backup, 1, true), new InterruptAfter(steps)))
                    .hasMessageContaining("interrupted");
            assertNoSamplesSince(live);
            Outcome resumed = run(of, Long.MAX_VALUE, new BackupAndRestore(backup, 1, true));
            assertThat(resumed.state()).hasSameSizeAs(whole.state());
            for (int i = 0; i < whole.state().size(); i++) {
                assertThat(resumed.state().get(i))
                        .as("variable %d", i)
                        .isEqualTo(whole.state().get(i));
            }
        }
    }
}
