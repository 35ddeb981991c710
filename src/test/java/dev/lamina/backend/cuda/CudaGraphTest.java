package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.Vjp;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/** A compiled step is captured at its second run, and from then on launched as one graph. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class CudaGraphTest {
    private static final int OUT_OF_RESOURCES = 701;
    private static final int NOT_SUPPORTED = 801;
    /** Too many columns for the kernel that computes narrow products: cuBLAS is to be captured. */
    private static final int ROWS = 18;

    private static final int COLUMNS = 20;
    private static final TensorSpec SPEC = new TensorSpec(Shape.of(ROWS, COLUMNS), DType.FLOAT32);

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Variable total = zeros("total");
    private final List<HostArray> inputs = IntStream.range(0, 5)
            .mapToObj(i -> CudaTests.random(i, ROWS, COLUMNS))
            .toList();

    private static Variable zeros(String name) {
        return Variables.create(name, HostArray.zeros(Shape.of(ROWS, COLUMNS), DType.FLOAT32), false);
    }

    @BeforeEach
    void listen() {
        log.start();
        logger().addAppender(log);
    }

    @AfterEach
    void close() {
        logger().detachAppender(log);
        total.close();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(CudaExecutable.class);
    }

    private static Tensor increment(Tensor x) {
        return Ops.multiply(Ops.matmul(Ops.matmul(x, Ops.transpose(x)), x), 2);
    }

    /** {@code total += 2 x x' x}, then what is positive of the total. */
    private CompiledStep step() {
        return Execution.compile(List.of(SPEC), arguments -> {
            total.assignAdd(increment(arguments.get(0)));
            return List.of(Ops.relu(total));
        });
    }

    /** What the step gives after each input, by ops done at once. */
    private List<float[]> expected() {
        List<float[]> results = new ArrayList<>();
        Variable sum = zeros("sum");
        try (Scope _ = Scope.open()) {
            for (HostArray input : inputs) {
                sum.assignAdd(increment(Ops.tensor(input)));
                results.add(Ops.relu(sum).toFloatArray());
            }
        }
        sum.close();
        return results;
    }

    private static float[] run(CompiledStep step, HostArray x) {
        step.feed(0, x.data());
        step.run();
        return step.output(0).toFloatArray();
    }

    @Test
    void fromTheSecondRunOnItIsOneLaunch() {
        List<float[]> expected = expected();
        try (CompiledStep step = step()) {
            for (int i = 0; i < inputs.size(); i++) {
                long graphs = DeviceCounters.graphLaunches();
                long launches = DeviceCounters.launches();

                assertThat(run(step, inputs.get(i))).as("run %d", i).isEqualTo(expected.get(i));

                assertThat(DeviceCounters.graphLaunches() - graphs).isEqualTo(i == 0 ? 0 : 1);
                if (i > 1) {
                    assertThat(DeviceCounters.launches()).isEqualTo(launches);
                }
            }
        }
    }

    /** It has not loaded what a capture needs. */
    @Test
    void aFirstRunThatFailsIsNoFirstRun() {
        SimulatedDevice.assumeSimulated();
        List<float[]> expected = expected();
        try (CompiledStep step = step()) {
            SimulatedDevice.fail("cuLaunchKernel", 1, OUT_OF_RESOURCES);
            assertThatThrownBy(() -> run(step, inputs.get(0))).hasMessageContaining("OUT_OF_RESOURCES");
            for (int i = 0; i < 2; i++) {
                long graphs = DeviceCounters.graphLaunches();
                assertThat(run(step, inputs.get(i))).as("run %d", i).isEqualTo(expected.get(i));
                assertThat(DeviceCounters.graphLaunches() - graphs).isEqualTo(i);
            }
        }
    }

    @Test
    void theDeviceStillDoesEachPieceOfWork() {
        SimulatedDevice.assumeSimulated();
        try (CompiledStep step = step()) {
            run(step, inputs.get(0));
            run(step, inputs.get(1));
            SimulatedDevice.reset(1);
            run(step, inputs.get(2));
            assertThat(SimulatedDevice.counter("graph_launches")).isEqualTo(1);
            assertThat(SimulatedDevice.counter("gemms")).isEqualTo(2);
            assertThat(SimulatedDevice.counter("launches.transpose_tiles_b4")).isEqualTo(1);
        }
    }

    @Test
    void aFailedCaptureLeavesTheStepAsItWas() {
        SimulatedDevice.assumeSimulated();
        List<float[]> expected = expected();
        for (String function : List.of("cuStreamBeginCapture", "cuGraphInstantiateWithFlags")) {
            total.assign(HostArray.zeros(Shape.of(ROWS, COLUMNS), DType.FLOAT32));
            log.list.clear();
            long graphs = DeviceCounters.graphLaunches();
            SimulatedDevice.fail(function, 1, NOT_SUPPORTED);
            try (CompiledStep step = step()) {
                for (int i = 0; i < inputs.size(); i++) {
                    assertThat(run(step, inputs.get(i))).as(function).isEqualTo(expected.get(i));
                }
            }
            assertThat(DeviceCounters.graphLaunches()).isEqualTo(graphs);
            assertThat(log.list)
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .asString()
                    .startsWith("[cuda:0] a step can't be captured as a graph and runs op by op, with a launch for "
                            + "each: [cuda:0] ")
                    .contains("CUDA_ERROR_NOT_SUPPORTED");
        }
    }

    @Test
    void anErrorWhileCapturingLeavesTheStreamUsable() {
        SimulatedDevice.assumeSimulated();
        List<float[]> expected = expected();
        try (CompiledStep step = step()) {
            run(step, inputs.get(0));
            SimulatedDevice.fail("cuLaunchKernel", 1, OUT_OF_RESOURCES);
            for (int i = 1; i < inputs.size(); i++) {
                assertThat(run(step, inputs.get(i))).isEqualTo(expected.get(i));
            }
        }
        assertThat(log.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
    }

    @Test
    void aClosedVariableIsNotedBeforeTheLaunch() {
        try (CompiledStep step = step()) {
            run(step, inputs.get(0));
            run(step, inputs.get(1));
            total.close();
            long graphs = DeviceCounters.graphLaunches();
            assertThatThrownBy(() -> run(step, inputs.get(2)))
                    .isInstanceOf(ReleasedTensorException.class)
                    .hasMessageContaining("total");
            assertThat(DeviceCounters.graphLaunches()).isEqualTo(graphs);
        }
    }

    @Test
    void aStepWithAHostOpIsNotCaptured() {
        long graphs = DeviceCounters.graphLaunches();
        try (CompiledStep step =
                Execution.compile(List.of(SPEC), arguments -> List.of(Ops.apply(new OnHost(), arguments.get(0))))) {
            for (HostArray input : inputs) {
                assertThat(run(step, input)).isEqualTo(input.toFloatArray());
            }
        }
        assertThat(DeviceCounters.graphLaunches()).isEqualTo(graphs);
        assertThat(log.list).isEmpty();
    }

    /** Gives its input back, by way of the host. */
    private static final class OnHost implements CustomOp {
        @Override
        public String opName() {
            return "on_host";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return inputs;
        }

        @Override
        public void vjp(Vjp vjp) {
            // No gradient.
        }

        @Override
        public boolean mayWaitForHost() {
            return true;
        }

        @Override
        public void computeOnHost(List<TensorSpec> specs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
            outputs.getFirst().copyFrom(inputs.getFirst());
        }
    }
}
