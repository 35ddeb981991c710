package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.lamina.backend.Backend;
import dev.lamina.backend.cpu.CpuBackendProvider;
import dev.lamina.backend.cuda.CudaBackendProvider;
import dev.lamina.backend.cuda.LaunchedKernels;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every case of the catalogue in every element type on CUDA, against the CPU's run in the reference type on the same
 * inputs.
 */
@ExtendWith(SimulatedDevice.class)
class OpConformanceCudaTest {
    /** Most cases need more blocks. */
    private static final int SMALL_GRID = 2;

    private final Backend cuda = new CudaBackendProvider().backend();
    private final OpRunner runner = new OpRunner(cuda, (byte) 0xFF);
    private final List<Again> others = List.of(
            new Again("over memory of another content", 0, (byte) 0x2B, OpRunner.Shift.NONE),
            new Again("one element off alignment", 1, (byte) 0xFF, new OpRunner.Shift(1, 1)),
            new Again("with inputs off alignment", 2, (byte) 0xFF, new OpRunner.Shift(1, 0)));

    /** The ops that asked cuBLAS for products in a run that was not aligned. */
    private final Set<String> multiplied = new HashSet<>();

    /** A run that must give the same bits. {@code mode} is when the simulator runs what nobody waits for. */
    private record Again(String how, int mode, byte poison, OpRunner.Shift shift) {
        List<HostArray> run(Backend cuda, Op op, List<HostArray> inputs) {
            return new OpRunner(cuda, poison, shift).run(op, inputs);
        }

        boolean aligned() {
            return shift.equals(OpRunner.Shift.NONE);
        }

        void reset(long seed) {
            SimulatedDevice.reset(3 * (seed & 0xFFFFFFFFL) + mode);
        }
    }

    private final OpRunner cpu = new OpRunner(new CpuBackendProvider().backend(), (byte) 0xFF);

    @TestFactory
    Stream<DynamicTest> agreesWithTheCpu() {
        Stream<DynamicTest> cases = OpCatalogue.CASES.stream()
                .flatMap(one -> one.dtypes().stream()
                        .map(dtype -> DynamicTest.dynamicTest(one + " in " + dtype, () -> check(one, dtype))));
        Stream<DynamicTest> afterwards = Stream.of(
                DynamicTest.dynamicTest("every kernel was launched", this::everyKernelWasLaunched),
                DynamicTest.dynamicTest("ops run by definition", this::noOtherOpRanByItsDefinition),
                DynamicTest.dynamicTest("ops that cuBLAS takes part in", this::noOtherOpMultiplied));
        return Stream.concat(cases, afterwards);
    }

    /** All names and parameter sizes were right, then; and no kernel is forgotten unnoticed. */
    private void everyKernelWasLaunched() {
        assertThat(LaunchedKernels.missing())
                .as("kernels that no case of the catalogue needs: write the case, or remove the kernel")
                .isEmpty();
    }

    private void noOtherOpRanByItsDefinition() {
        Set<String> ran = new HashSet<>(LaunchedKernels.opsByDefinition());
        ran.retainAll(OpCatalogue.CASES.stream().map(one -> one.op().opName()).collect(Collectors.toSet()));
        assertThat(ran).containsExactlyInAnyOrderElementsOf(LaunchedKernels.opsSaidToRunByDefinition());
    }

    /** Of these alone the bits may depend on the alignment. */
    private void noOtherOpMultiplied() {
        assertThat(multiplied)
                .containsExactlyInAnyOrder(
                        "matmul",
                        "linear",
                        "linear_backward",
                        "gated_product",
                        "conv",
                        "biased_conv",
                        "pooled_conv",
                        "pooled_conv_backward",
                        "conv_input_backward",
                        "conv_kernel_backward");
    }

    private void check(OpCase one, DType dtype) {
        long seed = one.toString().hashCode();
        List<HostArray> inputs = one.draw(dtype, seed);
        List<HostArray> actual = runner.run(one.op(dtype), inputs);
        List<String> problems = SimulatedDevice.takeProblems();
        assertThat(problems)
                .as("what the simulated device found in %s in %s, seed %d", one, dtype, seed)
                .isEmpty();
        List<HostArray> reference = cpu.run(one.op(), one.toReference(inputs));
        checkAccuracy(one, dtype, actual, reference, "run");
        for (Again other : others) {
            other.reset(seed);
            long products = LaunchedKernels.products();
            List<HostArray> again = other.run(cuda, one.op(dtype), inputs);
            if (!other.aligned() && LaunchedKernels.products() > products) {
                // NVIDIA's cuBLAS chooses another algorithm where operands don't lie at multiples of 16 bytes.
                multiplied.add(one.op().opName());
                checkAccuracy(one, dtype, again, reference, "run " + other.how());
                if (!SimulatedDevice.isSimulated()) {
                    continue;
                }
            }
            check(one, dtype, actual, again, other.how());
        }
        List<HostArray> looped = LaunchedKernels.withGrid(SMALL_GRID, () -> runner.run(one.op(dtype), inputs));
        check(one, dtype, actual, looped, "by a grid of " + SMALL_GRID + " blocks");
        if (runner.overwrites(one.op(dtype), one.specs(dtype))) {
            check(one, dtype, actual, runner.runInPlace(one.op(dtype), inputs), "in its inputs' memory");
        }
    }

    private static void checkAccuracy(
            OpCase one, DType dtype, List<HostArray> actual, List<HostArray> reference, String how) {
        assertThat(actual).as("outputs").hasSameSizeAs(reference);
        for (int output = 0; output < actual.size(); output++) {
            HostArray got = actual.get(output);
            HostArray expected = reference.get(output);
            OpRunner.checkBools(got);
            assertThat(got.shape()).isEqualTo(expected.shape());
            for (long i = 0; i < got.elements(); i++) {
                if (!one.accuracy().accepts(got.dtype(), got.getDouble(i), expected.getDouble(i))) {
                    fail(
                            "%s in %s, seed %d, %s: output %d, element %d is %s, on the CPU in %s it is %s, allowed difference %s",
                            one,
                            dtype,
                            one.toString().hashCode(),
                            how,
                            output,
                            i,
                            got.getDouble(i),
                            one.reference(),
                            expected.getDouble(i),
                            one.accuracy().bound(got.dtype(), expected.getDouble(i)));
                }
            }
        }
    }

    private static void check(OpCase one, DType dtype, List<HostArray> actual, List<HostArray> again, String how) {
        for (int output = 0; output < actual.size(); output++) {
            assertThat(again.get(output).data().mismatch(actual.get(output).data()))
                    .as("the first byte that differs in a run %s of %s in %s", how, one, dtype)
                    .isEqualTo(-1);
        }
    }
}
