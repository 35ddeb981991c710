package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.callbacks.LambdaCallback;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.errors.ShapeException;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A prediction in the caller's memory: the same numbers as predict, no garbage, from any number of threads. */
final class PredictorTest {
    private static final int IN = 20;
    private static final int OUT = 6;

    private static Sequential model() {
        Sequential model = Sequential.of(new Dense(32, "relu"), new Dropout(0.5, 3), new Dense(OUT));
        model.buildFor(Shape.of(Shape.UNKNOWN, IN));
        return model;
    }

    private static float[] row(long seed) {
        Random random = new Random(seed);
        float[] row = new float[IN];
        for (int i = 0; i < IN; i++) {
            row[i] = (float) random.nextGaussian();
        }
        return row;
    }

    private static float[] expected(Model model, float[] row) {
        return model.predict(HostArray.of(row, 1, IN)).toFloatArray();
    }

    @Test
    void givesWhatPredictGives() {
        try (Sequential model = model();
                Predictor predictor = model.predictor(Shape.of(1, IN))) {
            float[] scores = new float[OUT];
            for (int seed = 0; seed < 5; seed++) {
                predictor.predict(row(seed), scores);
                assertThat(scores).isEqualTo(expected(model, row(seed)));
            }
        }
    }

    @Test
    void usesThePresentWeights() {
        try (Sequential model = model();
                Predictor predictor = model.predictor(Shape.of(1, IN))) {
            float[] before = new float[OUT];
            predictor.predict(row(1), before);
            model.weights()
                    .forEach(weight -> weight.assign(
                            HostArray.zeros(weight.shape(), weight.dtype()).fill(i -> 0.01 * (i % 7))));
            float[] after = new float[OUT];
            predictor.predict(row(1), after);
            assertThat(after).isNotEqualTo(before).isEqualTo(expected(model, row(1)));
        }
    }

    @Test
    void leavesNoGarbage() {
        try (Sequential model = model();
                Predictor predictor = model.predictor(Shape.of(1, IN));
                Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocate(IN * 4, 64).copyFrom(MemorySegment.ofArray(row(1)));
            MemorySegment y = arena.allocate(OUT * 4, 64);
            long before = 0;
            int calls = 10_000;
            for (int call = -20_000; call < calls; call++) {
                if (call == 0) {
                    before = Garbage.allocatedBytes();
                }
                predictor.predict(x, y);
            }
            long bytes = Garbage.allocatedBytes() - before;
            System.out.println(calls + " predictions of one row took " + bytes + " bytes of the heap");
            assertThat(bytes).isLessThan(64L * calls);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void manyVirtualThreadsGetEqualResults(int callers) throws Exception {
        TensorSpec spec = new TensorSpec(Shape.of(1, IN), DType.FLOAT32);
        try (Sequential model = model();
                Predictor predictor = model.predictor(List.of(spec), callers);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            float[][] all = new float[17][];
            for (int seed = 0; seed < all.length; seed++) {
                all[seed] = expected(model, row(seed));
            }
            List<Future<?>> results = new ArrayList<>();
            for (int thread = 0; thread < 100; thread++) {
                int first = thread;
                results.add(threads.submit(() -> {
                    float[] scores = new float[OUT];
                    for (int call = first; call < first + 50; call++) {
                        int seed = call % all.length;
                        Arrays.fill(scores, Float.NaN);
                        predictor.predict(row(seed), scores);
                        assertThat(scores).isEqualTo(all[seed]);
                    }
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
    }

    /** One that calls while another thread trains sees whole steps; from within the training, too. */
    @Test
    void besideATraining() throws Exception {
        try (Sequential model = model();
                Predictor predictor = model.predictor(Shape.of(1, IN));
                ExecutorService pool = Executors.newSingleThreadExecutor()) {
            model.compile("sgd", "mean_squared_error");
            HostArray x = HostArray.zeros(Shape.of(64, IN), DType.FLOAT32).fill(i -> i % 13 / 13.0);
            HostArray y = HostArray.zeros(Shape.of(64, OUT), DType.FLOAT32).fill(i -> i % 3);
            float[] within = new float[OUT];
            Future<float[]> other = pool.submit(() -> {
                float[] scores = new float[OUT];
                for (int i = 0; i < 100; i++) {
                    predictor.predict(row(2), scores);
                }
                return scores;
            });
            model.fit(
                    x,
                    y,
                    FitOptions.epochs(3)
                            .verbose(false)
                            .callback(LambdaCallback.of()
                                    .onEpochEnd((epoch, logs) -> predictor.predict(row(2), within))
                                    .build()));
            assertThat(within).isEqualTo(expected(model, row(2)));
            assertThat(other.get()).doesNotContain(Float.NaN);
        }
    }

    @Test
    void wrongMemoryIsAnError() {
        try (Sequential model = model();
                Predictor predictor = model.predictor(Shape.of(1, IN))) {
            assertThatThrownBy(() -> predictor.predict(new float[IN - 1], new float[OUT]))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[" + model.name()
                            + "] expected the 80 bytes of float32 (1, 20) for the input; received 76.");
            assertThatThrownBy(() -> predictor.predict(new float[IN], new float[OUT + 1]))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("for the output; received 28.");
            assertThatThrownBy(() -> predictor.predict(List.of(), List.of()))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("expected memory for 1 inputs and 1 outputs; received 0 and 0");
            assertThatThrownBy(() -> model.predictor(predictor.inputSpecs(), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at least 1 caller; received 0");
        }
    }

    @Test
    void closedIsAnError() {
        try (Sequential model = model()) {
            Predictor predictor = model.predictor(Shape.of(1, IN));
            predictor.close();
            predictor.close();
            assertThatThrownBy(() -> predictor.predict(new float[IN], new float[OUT]))
                    .isInstanceOf(ReleasedTensorException.class)
                    .hasMessageContaining("expected an open predictor; it was closed");
        }
    }
}
