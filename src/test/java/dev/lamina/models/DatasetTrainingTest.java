package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.cuda.WithoutTinySteps;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.data.Dataset;
import dev.lamina.data.HostBatch;
import dev.lamina.layers.Dense;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Batches that are made on the way, epochs that are counted in steps, and the hooks around them. */
@ExtendWith(WithoutTinySteps.class)
final class DatasetTrainingTest {
    private final HostArray x = HostArray.zeros(Shape.of(10, 3), DType.FLOAT32).fill(i -> Math.sin(i));
    private final HostArray y = HostArray.zeros(Shape.of(10, 1), DType.FLOAT32).fill(i -> Math.cos(i));
    private final List<String> told = new ArrayList<>();

    private Sequential model() {
        SeedGenerator.setGlobalSeed(4);
        Sequential model = Sequential.of(new Dense(1));
        model.compile("adam", "mse");
        return model;
    }

    private HostBatch batch(int i) {
        return HostBatch.of(x.rows(i * 4, Math.min(10, i * 4 + 4)), y.rows(i * 4, Math.min(10, i * 4 + 4)));
    }

    private static final FitOptions QUIET =
            FitOptions.epochs(2).batchSize(4).shuffle(false).verbose(false);

    @Test
    void theSameAsArrays() {
        List<List<Double>> losses = new ArrayList<>();
        for (int kind = 0; kind < 3; kind++) {
            try (Sequential model = model()) {
                Dataset known = Dataset.of(3, this::batch);
                Dataset unknown =
                        Dataset.of(() -> List.of(batch(0), batch(1), batch(2)).iterator());
                History history = switch (kind) {
                    case 0 -> model.fit(x, y, QUIET.validation(x, y));
                    case 1 -> model.fit(known, QUIET.validation(known));
                    default -> model.fit(unknown, QUIET.validation(unknown));
                };
                List<Double> all = new ArrayList<>(history.get("loss"));
                all.addAll(history.get("val_loss"));
                all.add(model.evaluate(unknown, EvaluateOptions.DEFAULT).get("loss"));
                losses.add(all);
                assertThat(model.predict(unknown, EvaluateOptions.DEFAULT)
                                .get(0)
                                .toFloatArray())
                        .isEqualTo(model.predict(x, 4).toFloatArray());
            }
        }

        assertThat(losses.get(1)).isEqualTo(losses.get(0));
        assertThat(losses.get(2)).isEqualTo(losses.get(0));
    }

    /** Writes down every hook. */
    private final class Noting implements Callback {
        @Override
        public void onTrainBegin(Plan plan, TrainingContext training) {
            told.add("train " + plan.stepsPerEpoch().orElse(-1));
        }

        @Override
        public void onTrainEnd(Logs logs, TrainingContext training) {
            told.add("end");
        }

        @Override
        public void onEpochBegin(int epoch, TrainingContext training) {
            told.add("epoch " + epoch);
        }

        @Override
        public void onTrainBatchBegin(int step, TrainingContext training) {
            told.add("<" + step);
        }

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            told.add(step + ">");
        }

        @Override
        public void onTestBegin(OptionalInt steps) {
            told.add("test " + steps.orElse(-1));
        }

        @Override
        public void onTestBatchBegin(int step) {
            told.add("<<" + step);
        }

        @Override
        public void onTestBatchEnd(int step, Logs logs) {
            told.add(step + ">>");
        }

        @Override
        public void onTestEnd(Logs logs) {
            told.add("test end");
        }

        @Override
        public void onPredictBegin(OptionalInt steps) {
            told.add("predict " + steps.orElse(-1));
        }

        @Override
        public void onPredictBatchEnd(int step) {
            told.add("p" + step);
        }

        @Override
        public void onPredictEnd() {
            told.add("predict end");
        }
    }

    @Test
    void hooksOfFitAndValidation() {
        try (Sequential model = model()) {
            model.fit(
                    x,
                    y,
                    QUIET.withEpochs(2)
                            .validation(x, y)
                            .validationBatchSize(5)
                            .validationFrequency(2)
                            .callback(new Noting()));
        }

        assertThat(told)
                .containsExactly(
                        "train 3",
                        "epoch 0",
                        "<0",
                        "0>",
                        "<1",
                        "1>",
                        "<2",
                        "2>",
                        "epoch 1",
                        "<0",
                        "0>",
                        "<1",
                        "1>",
                        "<2",
                        "2>",
                        "test 2",
                        "<<0",
                        "0>>",
                        "<<1",
                        "1>>",
                        "test end",
                        "end");
    }

    @Test
    void severalStepsPerExecution() {
        try (Sequential model = model()) {
            model.compile(CompileOptions.with("adam").loss("mse").stepsPerExecution(2));

            model.fit(x, y, QUIET.withEpochs(1).callback(new Noting()));
            assertThat(model.optimizer().iterations()).isEqualTo(3);
        }

        assertThat(told).containsExactly("train 3", "epoch 0", "<0", "1>", "<2", "2>", "end");
    }

    @Test
    void hooksOfEvaluateAndPredict() {
        try (Sequential model = model()) {
            EvaluateOptions options = EvaluateOptions.batchSize(3).steps(2).callback(new Noting());
            model.evaluate(List.of(x), List.of(y), options);

            assertThat(model.predict(List.of(x), options).get(0).shape()).isEqualTo(Shape.of(6, 1));
        }

        assertThat(told)
                .containsExactly(
                        "test 2", "<<0", "0>>", "<<1", "1>>", "test end", "predict 2", "p0", "p1", "predict end");
    }

    @Test
    void stepsOfAnEpochGoOnInTheNext() {
        List<Integer> made = new ArrayList<>();
        Dataset data = Dataset.of(3, i -> {
            made.add(i);
            return batch(i);
        });
        try (Sequential model = model()) {
            model.fit(data, QUIET.withEpochs(3).stepsPerEpoch(2).callback(new Noting()));
        }

        assertThat(made).containsExactly(0, 1, 2, 0, 1, 2);
        assertThat(told)
                .startsWith("train 2")
                .filteredOn(hook -> hook.endsWith(">"))
                .hasSize(6);
    }

    @Test
    void anIteratorThatDoesNotBeginAnew() {
        Iterator<HostBatch> once = List.of(batch(0), batch(1)).iterator();
        try (Sequential model = model()) {
            assertThatThrownBy(() -> model.fit(Dataset.of(() -> once), QUIET))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[fit] expected a batch in each pass over the data set; received none in pass 1. Its"
                            + " iterator() must begin anew at each call.");
        }
    }

    @Test
    void optionsThatNeedAllSamples() {
        try (Sequential model = model()) {
            assertThatThrownBy(() -> model.fit(Dataset.of(3, this::batch), QUIET.validationSplit(0.5)))
                    .hasMessage(
                            "[fit] expected no validationSplit, sampleWeights or classWeights with a data set, which"
                                    + " is not known as a whole. Give weights in its batches, and validation data.");
        }
    }

    @Test
    void singleBatches() {
        try (Sequential model = model()) {
            double first = model.trainOnBatch(x, y).get("loss");
            model.resetMetrics();
            double tested = model.testOnBatch(HostBatch.of(x, y)).get("loss");

            assertThat(tested).isLessThan(first);
            assertThat(model.predictOnBatch(List.of(x)).get(0).toFloatArray())
                    .isEqualTo(model.predict(x).toFloatArray());
        }
    }
}
