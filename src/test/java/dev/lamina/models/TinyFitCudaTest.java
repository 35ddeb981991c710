package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.DeviceCounters;
import dev.lamina.backend.cuda.OnCuda;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.LearningRateScheduler;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.Dense;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What fit makes of a tiny network on a device that runs many of its steps in one launch. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class TinyFitCudaTest {
    /** Ten whole batches and a part of one. */
    private static final int SAMPLES = 165;

    private static final int BATCH = 16;
    private static final int EPOCHS = 3;
    private static final int NOT_SUPPORTED = 801;

    private static final String SWITCH = "dev.lamina.cuda.tiny";

    private record Outcome(Map<String, List<Double>> history, List<HostArray> weights, long launches) {}

    private static Model model() {
        Model model = Sequential.of(new Dense(32, "relu"), new Dense(32, "relu"), new Dense(1));
        model.compile(CompileOptions.with("adam").loss("mse").metric("mae"));
        return model;
    }

    private static Outcome fit(Callback... callbacks) {
        SeedGenerator.setGlobalSeed(11);
        FitOptions options = FitOptions.epochs(EPOCHS).batchSize(BATCH).verbose(false);
        for (Callback callback : callbacks) {
            options = options.callback(callback);
        }
        try (Model model = model()) {
            long before = launches();
            History history = model.fit(x(), y(), options);
            return new Outcome(history.values(), model.weightValues(), launches() - before);
        }
    }

    private static long launches() {
        return DeviceCounters.launches("tiny_steps");
    }

    private static Outcome byGraphs(Callback... callbacks) {
        System.setProperty(SWITCH, "off");
        try {
            return fit(callbacks);
        } finally {
            System.clearProperty(SWITCH);
        }
    }

    private static void assertClose(Outcome actual, Outcome expected) {
        expected.history().forEach((name, values) -> {
            for (int i = 0; i < values.size(); i++) {
                assertThat(actual.history().get(name).get(i))
                        .as("%s of epoch %d", name, i)
                        .isCloseTo(values.get(i), within(1e-4));
            }
        });
        for (int i = 0; i < expected.weights().size(); i++) {
            float[] values = expected.weights().get(i).toFloatArray();
            assertThat(actual.weights().get(i).toFloatArray()).containsExactly(values, within(1e-4f));
        }
    }

    @Test
    void anEpochIsOneLaunchForItsWholeBatches() {
        Outcome tiny = fit();
        // The samples go to the device after the first step; the last, smaller batch is a launch of its own.
        assertThat(tiny.launches()).isEqualTo(2 * EPOCHS);
        Outcome graphs = byGraphs();
        assertThat(graphs.launches()).isZero();
        assertClose(tiny, graphs);
    }

    @Test
    void theCpuGivesTheSame() {
        Outcome tiny = fit();
        Backends.use("cpu");
        try {
            assertClose(tiny, fit());
        } finally {
            Backends.use("cuda");
        }
    }

    @Test
    void aRateSetBetweenEpochsHolds() {
        Outcome tiny = fit(new LearningRateScheduler((epoch, rate) -> epoch == 1 ? 0 : 1e-2 / (1 + epoch)));
        assertThat(tiny.launches()).isEqualTo(2 * EPOCHS);
        assertClose(tiny, byGraphs(new LearningRateScheduler((epoch, rate) -> epoch == 1 ? 0 : 1e-2 / (1 + epoch))));
    }

    @Test
    void whoFollowsBatchesIsToldOfEach() {
        List<Integer> steps = new ArrayList<>();
        Outcome outcome = fit(new Callback() {
            @Override
            public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
                steps.add(step);
            }
        });
        // Each step is a launch but the very first, whose samples come from the host.
        assertThat(outcome.launches()).isEqualTo(EPOCHS * 11 - 1);
        assertThat(steps).hasSize(EPOCHS * 11);
        assertSameBits(outcome, fit());
    }

    @Test
    void whoFollowsFromAfarLeavesSeveralStepsToALaunch() {
        List<Integer> steps = new ArrayList<>();
        Outcome outcome = fit(new Callback() {
            @Override
            public int stepsPerExecution() {
                return 4;
            }

            @Override
            public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
                steps.add(step);
            }
        });
        assertThat(steps).containsExactly(0, 4, 8, 9, 10, 3, 7, 9, 10, 3, 7, 9, 10);
        assertThat(outcome.launches()).isEqualTo(EPOCHS * 4);
        assertSameBits(outcome, fit());
    }

    private static void assertSameBits(Outcome actual, Outcome expected) {
        assertThat(actual.history()).isEqualTo(expected.history());
        for (int i = 0; i < expected.weights().size(); i++) {
            assertThat(actual.weights().get(i).toFloatArray())
                    .containsExactly(expected.weights().get(i).toFloatArray());
        }
    }

    @Test
    void thePlanSaysSo() {
        try (Model model = model()) {
            assertThat(model.plan(Shape.of(BATCH, 8), BATCH).toString())
                    .contains("execution          many steps a launch by one multiprocessor: ")
                    .contains(" bytes of shared memory");
            System.setProperty(SWITCH, "off");
            assertThat(model.plan(Shape.of(BATCH, 8), BATCH).execution()).isEqualTo("one graph a step");
        } finally {
            System.clearProperty(SWITCH);
        }
        assertThat(Backends.current().name()).startsWith("cuda");
    }

    private static HostArray x() {
        return HostArray.zeros(Shape.of(SAMPLES, 8), DType.FLOAT32).fill(i -> Math.sin(i * i % 101));
    }

    private static HostArray y() {
        return HostArray.zeros(Shape.of(SAMPLES, 1), DType.FLOAT32).fill(i -> Math.cos(i % 17));
    }

    /** Two models train the layer that they share by turns; then one of them does, in which it is frozen. */
    private static Outcome inTurns() {
        SeedGenerator.setGlobalSeed(11);
        Dense shared = new Dense(8, "tanh");
        FitOptions options = FitOptions.epochs(2).batchSize(BATCH).verbose(false);
        long before = launches();
        try (Model one = Sequential.of(shared, new Dense(1));
                Model other = Sequential.of(shared, new Dense(4, "relu"), new Dense(1))) {
            one.compile("adam", "mse");
            other.compile("sgd", "mae");
            for (int turn = 0; turn < 2; turn++) {
                one.fit(x(), y(), options);
                other.fit(x(), y(), options);
            }
            shared.setTrainable(false);
            History history = one.fit(x(), y(), options);
            List<HostArray> weights = new ArrayList<>(one.weightValues());
            weights.addAll(other.weightValues());
            return new Outcome(history.values(), weights, launches() - before);
        }
    }

    @Test
    void modelsMayShareALayer() {
        Outcome tiny = inTurns();
        assertThat(tiny.launches()).isEqualTo(20);
        System.setProperty(SWITCH, "off");
        try {
            assertClose(tiny, inTurns());
        } finally {
            System.clearProperty(SWITCH);
        }
    }

    @Test
    void aLaunchThatFailsEndsTheTrainingAndNotTheModel() {
        SimulatedDevice.assumeSimulated();
        Callback fault = new Callback() {
            @Override
            public void onEpochBegin(int epoch, TrainingContext training) {
                if (epoch == 1) {
                    SimulatedDevice.fail("cuLaunchKernel", 1, NOT_SUPPORTED);
                }
            }
        };
        FitOptions options = FitOptions.epochs(EPOCHS).batchSize(BATCH).verbose(false);
        try (Model model = model()) {
            assertThatThrownBy(() -> model.fit(x(), y(), options.callback(fault)))
                    .hasMessageContaining("launching tiny_steps grid (1) block (256) failed");
            double loss = model.evaluate(x(), y()).get("loss");
            assertThat(model.fit(x(), y(), options).values().get("loss").getLast())
                    .isLessThan(loss);
        }
    }
}
