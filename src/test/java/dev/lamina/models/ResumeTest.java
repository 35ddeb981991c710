package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.callbacks.BackupAndRestore;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.LearningRateScheduler;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.ReduceLROnPlateau;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.data.Dataset;
import dev.lamina.data.HostBatch;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Activation;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Flatten;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that is interrupted and resumed gives the same bits as one that is not. */
final class ResumeTest {
    private static final int EPOCHS = 3;
    private static final int STEPS = 5;

    private final HostArray x = TestModels.images(37, 1);
    private final HostArray y = TestModels.labels(37, 2);

    @TempDir
    private Path folder;

    /** The last epoch's numbers, and every variable. */
    private record Outcome(List<Map<String, Double>> epochs, List<double[]> state) {}

    private static final class Interruption extends IllegalStateException {
        private static final long serialVersionUID = 1L;
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
                throw new Interruption();
            }
        }
    }

    private static Sequential model() {
        return Sequential.of(
                new Flatten(),
                new Dense(12),
                new BatchNormalization(),
                new Activation("relu"),
                new Dropout(0.3),
                new Dense(TestModels.CLASSES, "softmax"));
    }

    private interface Training {
        History fit(Model model, FitOptions options);
    }

    private Outcome run(long seed, Training training, Callback... callbacks) {
        SeedGenerator.setGlobalSeed(seed);
        try (Model model = model()) {
            Adam adam = new Adam(0.01);
            model.compile(CompileOptions.with(adam)
                    .loss("sparse_categorical_crossentropy")
                    .metric("accuracy"));
            FitOptions options = FitOptions.epochs(EPOCHS).batchSize(8).verbose(false);
            for (Callback callback : callbacks) {
                options = options.callback(callback);
            }
            History history = training.fit(model, options);
            List<double[]> state = new ArrayList<>();
            List<Variable> variables = new ArrayList<>(model.variables());
            variables.addAll(adam.variables());
            variables.forEach(variable -> state.add(variable.toHost().toDoubleArray()));
            List<Map<String, Double>> epochs = new ArrayList<>();
            for (int i = 0; i < history.epochs().size(); i++) {
                int at = i;
                Map<String, Double> values = new java.util.TreeMap<>();
                history.values().forEach((name, list) -> values.put(name, list.get(at)));
                epochs.add(values);
            }
            return new Outcome(epochs, state);
        }
    }

    private void assertResumedEquals(Training training, int interruptedAfter, Callback... more) {
        Outcome whole = run(11, training, more);
        Path backup = folder.resolve("after" + interruptedAfter);
        List<Callback> first = new ArrayList<>(List.of(more));
        first.add(new BackupAndRestore(backup, 1, true));
        first.add(new InterruptAfter(interruptedAfter));
        assertThatThrownBy(() -> run(11, training, first.toArray(Callback[]::new)))
                .isInstanceOf(Interruption.class);
        List<Callback> second = new ArrayList<>(List.of(more));
        second.add(new BackupAndRestore(backup, 1, true));

        // Another seed, as of another process: nothing of it may matter.
        Outcome resumed = run(99, training, second.toArray(Callback[]::new));

        String where = "interrupted after step " + interruptedAfter;
        assertThat(resumed.state()).as(where).hasSameSizeAs(whole.state());
        for (int i = 0; i < whole.state().size(); i++) {
            assertThat(resumed.state().get(i))
                    .as(where + ", variable " + i)
                    .isEqualTo(whole.state().get(i));
        }
        int missed = whole.epochs().size() - resumed.epochs().size();
        assertThat(resumed.epochs())
                .as(where)
                .isEqualTo(whole.epochs().subList(missed, whole.epochs().size()));
        assertThat(backup).as("removed at the end").isEmptyDirectory();
    }

    @Test
    void shuffledArraysAtRandomSteps() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Training training = (model, options) -> model.fit(x, y, options);
        List<Integer> steps = new ArrayList<>(List.of(1, STEPS, STEPS * EPOCHS - 1));
        for (int i = 0; i < 4; i++) {
            steps.add(1 + random.nextInt(STEPS * EPOCHS - 1));
        }
        System.out.println("interrupting after the steps " + steps + ", drawn with seed " + seed);
        for (int step : steps) {
            assertResumedEquals(training, step);
        }
    }

    @Test
    void withCallbacksThatRemember() {
        Training training = (model, options) -> model.fit(x, y, options.validationSplit(0.2));
        for (int step : new int[] {2, 4, 6}) {
            assertResumedEquals(
                    training,
                    step,
                    new LearningRateScheduler((epoch, rate) -> rate * 0.5),
                    ReduceLROnPlateau.of()
                            .monitor("loss")
                            .patience(1)
                            .minDelta(10)
                            .build());
        }
    }

    @Test
    void epochsThatAreNotPasses() {
        Training training = (model, options) -> model.fit(x, y, options.stepsPerEpoch(3));
        assertResumedEquals(training, 4);
        assertResumedEquals(training, 8);
    }

    @Test
    void aDataSet() {
        Dataset data = Dataset.of(STEPS, i -> HostBatch.of(x.rows(i * 7, i * 7 + 7), y.rows(i * 7, i * 7 + 7)));
        Training training = (model, options) -> model.fit(data, options);
        assertResumedEquals(training, 7);
    }

    @Test
    void afterEpochsOnly() {
        Callback backup = new BackupAndRestore(folder);
        Training training = (model, options) -> model.fit(x, y, options);
        Outcome whole = run(5, training);
        assertThatThrownBy(() -> run(5, training, backup, new InterruptAfter(STEPS + 2)))
                .isInstanceOf(Interruption.class);
        List<Integer> epochs = new ArrayList<>();

        Outcome resumed = run(6, training, backup, new Callback() {
            @Override
            public void onEpochEnd(int epoch, Logs logs, TrainingContext context) {
                epochs.add(epoch);
            }
        });

        assertThat(epochs).containsExactly(1, 2);
        assertThat(resumed.epochs()).isEqualTo(whole.epochs().subList(1, 3));
    }

    @Test
    void anotherModelsState() {
        Path state = folder.resolve("training_state.safetensors");
        assertThatThrownBy(() -> run(
                        5,
                        (model, options) -> model.fit(x, y, options),
                        new BackupAndRestore(folder, 1, true),
                        new InterruptAfter(1)))
                .isInstanceOf(Interruption.class);
        assertThat(state).exists();
        try (Sequential other = Sequential.of(new Flatten(), new Dense(TestModels.CLASSES, "softmax"))) {
            other.compile(CompileOptions.with(new SGD(0.1)).loss("sparse_categorical_crossentropy"));

            assertThatThrownBy(() ->
                            other.fit(x, y, FitOptions.DEFAULT.verbose(false).callback(new BackupAndRestore(folder))))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageMatching("(?s)\\[resume] expected the state of a training of this model, with .*kernel"
                            + " float32 \\(64, 5\\); received float32 \\(64, 12\\)\\. Make and compile the model as it"
                            + " was, or remove the state to begin anew\\..*");
        }
    }
}
