package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.ResidentRows;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Samples are taken on the device to where a step wants them, in its graph. */
@ExtendWith({SimulatedDevice.class, OnCuda.class, WithoutCublasLt.class})
final class SamplesCudaTest {
    private static final int SAMPLES = 41;
    private static final int NOT_SUPPORTED = 801;

    /** More than one launch takes; rows of 1, 2, 3, 4, 12, 16, 28, 207 and more bytes. */
    private static final List<TensorSpec> ROWS = List.of(
            new TensorSpec(Shape.of(), DType.UINT8),
            new TensorSpec(Shape.of(1), DType.FLOAT16),
            new TensorSpec(Shape.of(3), DType.UINT8),
            new TensorSpec(Shape.of(), DType.FLOAT32),
            new TensorSpec(Shape.of(3, 1), DType.FLOAT32),
            new TensorSpec(Shape.of(4), DType.INT32),
            new TensorSpec(Shape.of(7), DType.FLOAT32),
            new TensorSpec(Shape.of(207), DType.BOOL),
            new TensorSpec(Shape.of(13, 4), DType.FLOAT64),
            new TensorSpec(Shape.of(0), DType.FLOAT32),
            new TensorSpec(Shape.of(), DType.INT64));

    private final List<Variable> variables = new ArrayList<>();
    private final Random random = new Random(5);
    private final List<HostArray> tables = ROWS.stream()
            .map(row -> HostArray.zeros(row.shape().prepend(SAMPLES), row.dtype())
                    .fill(i -> row.dtype() == DType.BOOL ? random.nextInt(2) : random.nextInt(200)))
            .toList();

    @AfterEach
    void close() {
        CudaTests.backend().launcher().limitGrid(Integer.MAX_VALUE);
        variables.forEach(Variable::close);
    }

    private Operand operand(HostArray values) {
        Variable variable = Variables.create("v", values, false);
        variables.add(variable);
        return variable.operand();
    }

    private ResidentRows rows(Optional<int[]> order) {
        return new ResidentRows(
                tables.stream().map(this::operand).toList(),
                order.map(numbers -> operand(HostArray.of(numbers))),
                operand(HostArray.zeros(Shape.of(1), DType.INT32)));
    }

    private static CompiledStep step(int batch) {
        List<TensorSpec> specs = ROWS.stream()
                .map(row -> new TensorSpec(row.shape().prepend(batch), row.dtype()))
                .toList();
        return Execution.compile(specs, in -> {
            List<Tensor> outputs = new ArrayList<>();
            in.forEach(input -> outputs.add(Ops.add(Ops.cast(input, DType.FLOAT64), 1)));
            return outputs;
        });
    }

    private void assertTaken(CompiledStep step, int[] order, int from, int batch) {
        for (int a = 0; a < tables.size(); a++) {
            HostArray table = tables.get(a);
            int row = (int) (table.elements() / SAMPLES);
            double[] expected = new double[batch * row];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = 1 + table.getDouble((long) order[from + i / row] * row + i % row);
            }
            assertThat(step.output(a).toDoubleArray())
                    .as("%s, %d from %d on", ROWS.get(a), batch, from)
                    .isEqualTo(expected);
        }
    }

    private int[] shuffled() {
        int[] order = new int[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            order[i] = random.nextInt(SAMPLES);
        }
        return order;
    }

    private static int[] inOrder() {
        int[] order = new int[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            order[i] = i;
        }
        return order;
    }

    @Test
    void everyTypeAndSize() {
        int[] order = shuffled();
        ResidentRows shuffled = rows(Optional.of(order));
        ResidentRows plain = rows(Optional.empty());
        for (int batch : new int[] {1, 4, 6, 13, SAMPLES}) {
            for (int blocks : new int[] {1, 3, Integer.MAX_VALUE}) {
                CudaTests.backend().launcher().limitGrid(blocks);
                try (CompiledStep step = step(batch)) {
                    for (int from = 0; from + batch <= SAMPLES; from += 5 * batch) {
                        step.run(shuffled, from, 1);
                        assertTaken(step, order, from, batch);
                        step.run(plain, from, 1);
                        assertTaken(step, inOrder(), from, batch);
                    }
                }
            }
        }
    }

    @Test
    void stepsOfDifferentSizesGoOnFromEachOther() {
        int[] order = shuffled();
        ResidentRows rows = rows(Optional.of(order));
        try (CompiledStep step = step(4);
                CompiledStep rest = step(1)) {
            for (int pass = 0; pass < 4; pass++) {
                for (int from = 0; from < 40; from += 20) {
                    step.run(rows, from, 5);
                    assertTaken(step, order, from + 16, 4);
                }
                rest.run(rows, 40, 1);
                assertTaken(rest, order, 40, 1);
            }
        }
    }

    /** The names of the kernels that turn bytes into floats, and how often they were launched. */
    private static long conversions() {
        KernelLibrary library = CudaTests.backend().library();
        return library.launches("elementwise_chain") + library.launches("cast_u8_f32");
    }

    private void assertBytes(Function<List<Tensor>, List<Tensor>> program, boolean onTheWay, int... row) {
        HostArray table =
                HostArray.zeros(Shape.of(row).prepend(SAMPLES), DType.UINT8).fill(i -> i * 7 % 256);
        int[] order = IntStream.range(0, SAMPLES).map(i -> i * 3 % SAMPLES).toArray();
        TensorSpec spec = new TensorSpec(Shape.of(row).prepend(6), DType.UINT8);
        ResidentRows rows = new ResidentRows(
                List.of(operand(table)),
                Optional.of(operand(HostArray.of(order))),
                operand(HostArray.zeros(Shape.of(1), DType.INT32)));
        try (CompiledStep step = Execution.compile(List.of(spec), program::apply);
                CompiledStep fed = Execution.compile(List.of(spec), program::apply)) {
            for (int from : new int[] {0, 6, 12, 24}) {
                HostArray batch = HostArray.zeros(spec.shape(), DType.UINT8);
                int bytes = (int) batch.rowBytes();
                for (int i = 0; i < 6; i++) {
                    MemorySegment.copy(
                            table.data(), (long) order[from + i] * bytes, batch.data(), (long) i * bytes, bytes);
                }
                fed.feed(0, batch.data());
                fed.run();
                step.run(rows, from, 1);
                for (int i = 0; i < step.outputs().size(); i++) {
                    assertThat(step.output(i).toDoubleArray())
                            .as("output %d from %d on", i, from)
                            .isEqualTo(fed.output(i).toDoubleArray());
                }
            }
            step.run(rows, 0, 3);
            long before = conversions();
            step.run(rows, 0, 3);
            // Three steps are captured now.
            assertThat(conversions() - before).isEqualTo(onTheWay ? 0 : 3);
        }
    }

    private static Tensor scaled(Tensor bytes) {
        return Ops.add(Ops.multiply(Ops.cast(bytes, DType.FLOAT32), 1 / 127.5), -1);
    }

    @Test
    void bytesBecomeFloatsOnTheWay() {
        for (int[] row : new int[][] {{1}, {3}, {4}, {28, 28}}) {
            assertBytes(in -> List.of(Ops.sum(Ops.cast(in.get(0), DType.FLOAT32), 0)), true, row);
            assertBytes(in -> List.of(scaled(in.get(0))), true, row);
        }
    }

    @Test
    void bytesThatAreUsedOtherwiseStay() {
        assertBytes(in -> List.of(scaled(in.get(0)), Ops.reshape(in.get(0), 24)), false, 4);
        assertBytes(in -> List.of(Ops.add(scaled(in.get(0)), Ops.range(0, 4, DType.FLOAT32))), false, 4);
    }

    @Test
    void aNewOrderIsSeenByTheGraph() {
        int[] order = shuffled();
        ResidentRows rows = rows(Optional.of(order));
        Variable onDevice = variables.get(tables.size());
        try (CompiledStep step = step(6)) {
            for (int pass = 0; pass < 4; pass++) {
                order = shuffled();
                onDevice.assign(HostArray.of(order));
                step.run(rows, 3, 6);
                assertTaken(step, order, 33, 6);
            }
        }
    }

    @Test
    void withoutGraphsStepsAreIssuedOneByOne() {
        SimulatedDevice.assumeSimulated();
        int[] order = shuffled();
        ResidentRows rows = rows(Optional.of(order));
        long graphs = DeviceCounters.graphLaunches();
        try (CompiledStep step = step(6)) {
            SimulatedDevice.fail("cuStreamBeginCapture", 1, NOT_SUPPORTED);
            for (int i = 0; i < 3; i++) {
                step.run(rows, 2, 6);
                assertTaken(step, order, 32, 6);
            }
        }
        assertThat(DeviceCounters.graphLaunches()).isEqualTo(graphs);
    }

    @Test
    void aFailedLaunchLeavesNoWrongPlaceBehind() {
        SimulatedDevice.assumeSimulated();
        int[] order = shuffled();
        ResidentRows rows = rows(Optional.of(order));
        try (CompiledStep step = step(6)) {
            step.run(rows, 0, 1);
            step.run(rows, 6, 1);
            step.run(rows, 12, 2);
            SimulatedDevice.fail("cuGraphLaunch", 2, NOT_SUPPORTED);
            assertThatThrownBy(() -> step.run(rows, 0, 3)).hasMessageContaining("CUDA_ERROR_NOT_SUPPORTED");
            // One of the three was done; the caller says where to go on.
            step.run(rows, 24, 1);
            assertTaken(step, order, 24, 6);
            step.run(rows, 30, 1);
            assertTaken(step, order, 30, 6);
        }
    }

    @Test
    void samplesThatWereFreedAreRefused() {
        ResidentRows rows = rows(Optional.empty());
        try (CompiledStep step = step(6)) {
            for (int i = 0; i < 3; i++) {
                step.run(rows, 0, 1);
            }
            variables.get(3).close();
            assertThatThrownBy(() -> step.run(rows, 0, 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected a buffer in use; received one of 164 bytes that was freed");
        }
    }

    @Test
    void whatWasMadeForSamplesThatAreRefusedIsFreed() {
        Operand bytes =
                operand(HostArray.zeros(Shape.of(SAMPLES, 3), DType.UINT8).fill(i -> i));
        Operand targets = operand(HostArray.zeros(Shape.of(SAMPLES, 3), DType.FLOAT32));
        Operand place = operand(HostArray.zeros(Shape.of(1), DType.INT32));
        ResidentRows rows = new ResidentRows(List.of(bytes, targets), Optional.empty(), place);
        List<TensorSpec> specs =
                List.of(new TensorSpec(Shape.of(6, 3), DType.UINT8), new TensorSpec(Shape.of(6, 3), DType.FLOAT32));
        try (CompiledStep step = Execution.compile(specs, in -> List.of(scaled(in.get(0)), Ops.add(in.get(1), 1)))) {
            variables.get(1).close();
            long live = CudaTests.backend().statistics().liveBytes();
            assertThatThrownBy(() -> step.run(rows, 0, 1)).hasMessageContaining("that was freed");
            assertThat(CudaTests.backend().statistics().liveBytes()).isEqualTo(live);
        }
    }
}
