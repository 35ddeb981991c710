package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.BackendStatistics;
import dev.lamina.backend.Backends;
import dev.lamina.data.Dataset;
import dev.lamina.data.HostBatch;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.optimizers.Adam;
import dev.lamina.runtime.Memory;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A plan allocates nothing, and what is allocated afterwards is what it said. */
final class MemoryPlanTest {
    private static final int BATCH = 13;

    static List<String> models() {
        return new ArrayList<>(TestModels.all().keySet());
    }

    private static long live() {
        Memory.collect();
        return Backends.current().statistics().liveBytes();
    }

    private static HostArray images(int count) {
        return HostArray.zeros(Shape.of(count, 8, 8), DType.FLOAT32).fill(i -> i % 17 / 17.0);
    }

    private static HostArray classes(int count) {
        return HostArray.zeros(Shape.of(count), DType.INT32).fill(i -> i % TestModels.CLASSES);
    }

    @ParameterizedTest
    @MethodSource("models")
    void trainingTakesWhatWasPlanned(String name) {
        long before = live();
        try (Model model = TestModels.all().get(name).get()) {
            model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
            BackendStatistics unplanned = Backends.current().statistics();
            MemoryPlan plan = model.plan(Shape.of(Shape.UNKNOWN, 8, 8), BATCH);
            BackendStatistics planned = Backends.current().statistics();
            assertThat(planned.allocations()).isEqualTo(unplanned.allocations());
            assertThat(planned.uploads()).isEqualTo(unplanned.uploads());
            assertThat(planned.opsRun()).isEqualTo(unplanned.opsRun());
            assertThat(plan.fits()).isTrue();
            // Not arrays, which a GPU would keep.
            HostBatch batch = HostBatch.of(images(BATCH), classes(BATCH));
            model.fit(Dataset.of(List.of(batch)), FitOptions.epochs(1).verbose(false));
            assertThat(live() - before).as("%s", plan).isEqualTo(plan.total());
            MemoryPlan again = model.plan(Shape.of(Shape.UNKNOWN, 8, 8), BATCH);
            assertThat(again.total()).isEqualTo(plan.total());
            assertThat(again.allocated()).isEqualTo(plan.weights() + plan.optimizer() + plan.metrics());
        }
    }

    @Test
    void predictionTakesWhatWasPlanned() {
        long before = live();
        try (Sequential model = Sequential.of(new Dense(30, "relu"), new Dense(4))) {
            MemoryPlan plan = model.plan(Shape.of(Shape.UNKNOWN, 6), BATCH);
            assertThat(plan.optimizer() + plan.metrics() + plan.gradients() + plan.allocated())
                    .isZero();
            assertThat(plan.weights()).isEqualTo(4 * (6 * 30 + 30 + 30 * 4 + 4));
            assertThat(plan.inputs()).isEqualTo(4 * 6 * BATCH);
            assertThat(live()).isEqualTo(before);
            model.predict(HostArray.zeros(Shape.of(BATCH, 6), DType.FLOAT32));
            assertThat(live() - before).isEqualTo(plan.total());
        }
    }

    /** The weights are those that the model would have without a plan. */
    @Test
    void weightsAreDrawnAsEver() {
        List<double[]> values = new ArrayList<>();
        for (boolean planned : new boolean[] {false, true}) {
            SeedGenerator.setGlobalSeed(77);
            try (Sequential model = Sequential.of(new Dense(5), new Dropout(0.5), new Dense(3))) {
                if (planned) {
                    assertThat(model.plan(Shape.of(1, 4), 2).fits()).isTrue();
                }
                model.buildFor(Shape.of(Shape.UNKNOWN, 4));
                // The last weight first: what is drawn must not depend on who is looked at first.
                for (int i = model.weights().size() - 1; i >= 0; i--) {
                    values.add(model.weights().get(i).toHost().toDoubleArray());
                }
            }
        }
        for (int i = 0; i < 4; i++) {
            assertThat(values.get(i + 4)).isEqualTo(values.get(i));
        }
    }

    @Test
    void largestBatchIsTheLastThatFits() {
        try (Sequential model = Sequential.of(new Dense(8_000, "relu"), new Dense(8_000), new Dense(2))) {
            Shape shape = Shape.of(Shape.UNKNOWN, 100);
            int largest = model.plan(shape, 1).largestBatch();
            assertThat(largest).isBetween(1, 1 << 20);
            if (largest < 1 << 20) {
                assertThat(model.plan(shape, largest).fits()).isTrue();
                assertThat(model.plan(shape, largest + largest / 50 + 1).fits()).isFalse();
            }
        }
    }

    @Test
    void targetsOfTheOutputsShapes() {
        try (Sequential model = Sequential.of(new Dense(3))) {
            model.compile(new Adam(), new dev.lamina.losses.MeanSquaredError());
            long inputs = model.plan(Shape.of(Shape.UNKNOWN, 7), 5).inputs();
            assertThat(inputs).isEqualTo(4 * 5 * (7 + 3));
            TensorSpec x = new TensorSpec(Shape.of(1, 7), DType.FLOAT32);
            TensorSpec y = new TensorSpec(Shape.of(1, 3), DType.FLOAT32);
            assertThat(model.plan(List.of(x), List.of(y), 5).inputs()).isEqualTo(inputs);
        }
    }

    @Test
    void printsItself() {
        try (Sequential model = Sequential.of(new Dense(10))) {
            MemoryPlan plan = model.plan(Shape.of(Shape.UNKNOWN, 20), 4);
            assertThat(plan.step().cost().flops()).isEqualTo(2 * 4 * 20 * 10 + 4 * 10);
            assertThat(plan.step().toString()).contains("1640 FLOP").contains("arena");
            assertThat(plan.toString())
                    .startsWith("fits: batches of 4")
                    .contains("weights            840 bytes")
                    .contains("largest batch      1048576");
        }
    }

    @Test
    void batchOfNothingIsAnError() {
        try (Sequential model = Sequential.of(new Dense(1))) {
            assertThatThrownBy(() -> model.plan(Shape.of(Shape.UNKNOWN, 2), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "[" + model.name() + "] expected a batch of at least 1 sample to plan for; received 0.");
        }
    }
}
