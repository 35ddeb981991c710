package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.BoundStep;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Dense;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that touch the same memory keep their order; others may run side by side, with the same results. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class CudaLanesTest {
    private static final int BYTES = 4096;

    private static Operand bytes(Buffer buffer, int from, int count) {
        return new Operand(buffer, from, new TensorSpec(Shape.of(count), DType.UINT8));
    }

    private static BoundStep step(List<Operand> reads, List<Operand> writes) {
        return new BoundStep(() -> {}, reads, writes);
    }

    @Test
    void independentStepsRunSideBySide() {
        Buffer memory = CudaTests.backend().allocate(BYTES);
        List<BoundStep> steps = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            steps.add(step(List.of(bytes(memory, 0, 8)), List.of(bytes(memory, 256 * (i + 1), 256))));
        }
        CudaSchedule schedule = CudaSchedule.of(steps, 3);
        assertThat(schedule.lanes()).isEqualTo(3);
        assertThat(schedule.steps())
                .allSatisfy(placed -> assertThat(placed.waits()).isEmpty());
        assertThat(CudaSchedule.of(steps, 1).lanes()).isEqualTo(1);
        memory.free();
    }

    @Test
    void withoutACublasForEachLaneAllRunsInOne() {
        SimulatedDevice.assumeSimulated();
        CudaBackend backend = CudaTests.backend();
        Buffer memory = backend.allocate(BYTES);
        List<BoundStep> steps = new ArrayList<>();
        // More lanes than any plan had so far in this process, so that one of them has no cuBLAS yet.
        for (int i = 0; i < 9; i++) {
            steps.add(step(List.of(), List.of(bytes(memory, 256 * i, 256))));
        }
        SimulatedDevice.fail("cublasCreate", 1, 1);
        try (CudaDevice.Hold _ = backend.device().hold()) {
            assertThat(new CudaLanes(backend.device(), backend.blas(), steps, 9).lanes())
                    .isEqualTo(1);
            assertThat(new CudaLanes(backend.device(), backend.blas(), steps, 9).lanes())
                    .as("asked again, when it can be had")
                    .isEqualTo(9);
        }
        memory.free();
    }

    @Test
    void aChainStaysInOneLane() {
        Buffer memory = CudaTests.backend().allocate(BYTES);
        List<BoundStep> steps = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            steps.add(step(List.of(bytes(memory, 16 * i, 16)), List.of(bytes(memory, 16 * (i + 1), 16))));
        }
        assertThat(CudaSchedule.of(steps, 3).lanes()).isEqualTo(1);
        memory.free();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void whatTouchesTheSameMemoryKeepsItsOrder(int most) {
        Buffer memory = CudaTests.backend().allocate(BYTES);
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            List<BoundStep> steps = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                steps.add(step(some(memory, random), some(memory, random)));
            }
            BitSet[] ordered = ordered(CudaSchedule.of(steps, most));
            for (int j = 0; j < steps.size(); j++) {
                for (int i = 0; i < j; i++) {
                    if (conflict(steps.get(i), steps.get(j))) {
                        assertThat(ordered[j].get(i))
                                .as("seed %d: step %d waits for step %d", seed, j, i)
                                .isTrue();
                    }
                }
            }
        }
        memory.free();
    }

    private static List<Operand> some(Buffer memory, Random random) {
        List<Operand> operands = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            operands.add(bytes(memory, random.nextInt(BYTES - 64), random.nextInt(64)));
        }
        return operands;
    }

    private static boolean conflict(BoundStep one, BoundStep other) {
        return touch(one.writes(), other.writes())
                || touch(one.writes(), other.reads())
                || touch(one.reads(), other.writes());
    }

    private static boolean touch(List<Operand> some, List<Operand> others) {
        return some.stream()
                .anyMatch(a -> others.stream()
                        .anyMatch(b -> a.bytes() > 0
                                && b.bytes() > 0
                                && a.offset() < b.offset() + b.bytes()
                                && b.offset() < a.offset() + a.bytes()));
    }

    /** Of each step, those that are done before it: earlier ones of its lane, those it waits for, and theirs. */
    private static BitSet[] ordered(CudaSchedule schedule) {
        BitSet[] all = new BitSet[schedule.steps().size()];
        List<Integer> issued = new ArrayList<>();
        for (int j : schedule.order()) {
            CudaSchedule.Placed placed = schedule.steps().get(j);
            assertThat(issued).as("what step %d waits for is issued before", j).containsAll(placed.waits());
            BitSet done = new BitSet();
            for (int i : issued) {
                boolean waits = placed.waits().contains(i);
                assertThat(waits && !schedule.steps().get(i).awaited())
                        .as("step %d waits for step %d, which leaves no mark", j, i)
                        .isFalse();
                if (waits || schedule.steps().get(i).lane() == placed.lane()) {
                    done.set(i);
                    done.or(all[i]);
                }
            }
            all[j] = done;
            issued.add(j);
        }
        return all;
    }

    @Test
    void withCublasLtWhateverRunsFirstTheResultsAreTheSame() {
        List<HostArray> first = trained(0, false);
        for (long seed = 1; seed < 6; seed++) {
            expect(trained(seed, false), first, seed);
        }
    }

    @Test
    void whateverRunsFirstTheResultsAreThoseOfEagerSteps() {
        System.setProperty(CudaLt.PROPERTY, "off");
        try {
            List<HostArray> eager = trained(0, true);
            for (long seed = 0; seed < 6; seed++) {
                expect(trained(seed, false), eager, seed);
            }
        } finally {
            System.clearProperty(CudaLt.PROPERTY);
        }
    }

    private static void expect(List<HostArray> actual, List<HostArray> expected, long seed) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).toFloatArray())
                    .as("weight %d with the simulated device's seed %d", i, seed)
                    .isEqualTo(expected.get(i).toFloatArray());
        }
    }

    /** The weights after five steps, of which three are launched as a graph. */
    private static List<HostArray> trained(long deviceSeed, boolean eagerly) {
        if (SimulatedDevice.isSimulated()) {
            SimulatedDevice.reset(deviceSeed);
        }
        SeedGenerator.setGlobalSeed(7);
        HostArray x = HostArray.zeros(Shape.of(30, 13), DType.FLOAT32).fill(Math::sin);
        HostArray y = HostArray.zeros(Shape.of(30), DType.INT32).fill(i -> i % 4);
        try (Sequential model = Sequential.of(
                new Dense(19, "relu"), new BatchNormalization(), new Dense(26, "tanh"), new Dense(4, "softmax"))) {
            model.compile(CompileOptions.with("adam")
                    .loss("sparse_categorical_crossentropy")
                    .metric("accuracy")
                    .runEagerly(eagerly));
            model.fit(x, y, FitOptions.epochs(1).batchSize(6).verbose(false));
            return model.weightValues();
        }
    }
}
