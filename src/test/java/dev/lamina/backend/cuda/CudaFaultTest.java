package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.errors.BackendUnavailableException;
import dev.lamina.errors.CudaException;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that fail, and kernels that do. */
@ExtendWith(SimulatedDevice.class)
class CudaFaultTest {
    private static final int INVALID_VALUE = 1;
    private static final int ILLEGAL_ADDRESS = 700;
    private static final int LAUNCH_OUT_OF_RESOURCES = 701;
    private static final int EXECUTION_FAILED = 13;

    private final CudaBackend backend = CudaTests.backend();

    @BeforeEach
    void simulated() {
        SimulatedDevice.assumeSimulated();
    }

    @Test
    void aFailedLaunchNamesKernelGridAndBlock() {
        HostArray x = CudaTests.random(1, 3000);
        SimulatedDevice.fail("cuLaunchKernel", 1, ILLEGAL_ADDRESS);
        assertThatThrownBy(() -> CudaTests.run(UnaryOp.RELU, x))
                .isInstanceOf(CudaException.class)
                .hasMessage(
                        "[cuda:0] launching relu_f32 grid (3) block (256) failed: CUDA_ERROR_ILLEGAL_ADDRESS. Kernels "
                                + "run asynchronously, so an earlier one may be at fault; rerun with -Ddev.lamina.cuda.sync=true.")
                .extracting(e -> ((CudaException) e).code())
                .isEqualTo("CUDA_ERROR_ILLEGAL_ADDRESS");
    }

    @Test
    void theDeviceStaysUsableAfterAnErrorThatLeavesItSo() {
        HostArray x = CudaTests.random(1, 3000);
        SimulatedDevice.fail("cuLaunchKernel", 1, LAUNCH_OUT_OF_RESOURCES);
        assertThatThrownBy(() -> CudaTests.run(UnaryOp.RELU, x))
                .isInstanceOf(CudaException.class)
                .hasMessageStartingWith("[cuda:0] launching relu_f32 grid (3) block (256) failed: "
                        + "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES.");
        assertThat(CudaTests.run(UnaryOp.RELU, x).elements()).isEqualTo(3000);
    }

    @Test
    void aLostDeviceFailsEveryCallAndNothingHangs() {
        HostArray x = CudaTests.random(1, 10);
        SimulatedDevice.fail("cuLaunchKernel", 1, ILLEGAL_ADDRESS);
        assertThatThrownBy(() -> CudaTests.run(UnaryOp.RELU, x)).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(backend::synchronize)
                    .isInstanceOf(CudaException.class)
                    .hasMessage(
                            "[cuda:0] waiting for the stream failed: CUDA_ERROR_ILLEGAL_ADDRESS. The device is lost to this process since "
                                    + "launching relu_f32 grid (1) block (256): CUDA_ERROR_ILLEGAL_ADDRESS. Restart the "
                                    + "process, or go on with Backends.use(\"cpu\").");
        }
        assertThatThrownBy(() -> new CudaBackendProvider().backend())
                .isInstanceOf(BackendUnavailableException.class)
                .hasMessage(
                        "No CUDA backend: the device is lost to this process since launching relu_f32 grid (1) block "
                                + "(256): CUDA_ERROR_ILLEGAL_ADDRESS. Restart the process.");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memoryOfALostDeviceIsGivenUpWithoutAnError(boolean caching) {
        CudaAllocator allocator = new CudaAllocator(backend.device(), Long.MAX_VALUE, caching);
        long a = allocator.allocate(1000);
        long b = allocator.allocate(2000);
        allocator.free(b, 2000);
        launchOnNothing();
        allocator.free(a, 1000);
        allocator.trim();
        assertThat(allocator.live()).isZero();
        assertThat(allocator.reserved()).isZero();
        assertThatThrownBy(backend::synchronize).isInstanceOf(CudaException.class);
        SimulatedDevice.takeProblems();
    }

    @Test
    void theCpuGoesOnAndTensorsOfALostDeviceCanBeClosed() {
        Backends.use("cuda");
        try (Scope scope = Scope.open()) {
            Tensor x = Ops.ones(10);
            launchOnNothing();
            assertThatThrownBy(x::toHost).isInstanceOf(CudaException.class);
            Backends.use("auto");
            assertThat(Backends.current().name()).isEqualTo("cpu");
            assertThat(Ops.relu(Ops.ones(3)).toFloatArray()).containsExactly(1, 1, 1);
            assertThatThrownBy(() -> Backends.use("cuda")).isInstanceOf(BackendUnavailableException.class);
        } finally {
            SimulatedDevice.takeProblems();
            SimulatedDevice.reset(0);
            Backends.use(System.getProperty("dev.lamina.backend", "cuda"));
        }
    }

    @Test
    void whatThePtxCompilerSaysIsInTheMessage() {
        byte[] ptx = ".version 99.0\n.target sm_75\n.address_size 64\n.visible .entry nothing()\n{\n\tret;\n}\n"
                .getBytes(StandardCharsets.ISO_8859_1);
        try (CudaDevice.Hold _ = backend.device().hold()) {
            assertThatThrownBy(() -> backend.device().driver().loadModule(ptx, "the kernel broken"))
                    .isInstanceOf(CudaException.class)
                    .hasMessageStartingWith("[cuda:0] loading the kernel broken (")
                    .hasMessageContaining("99.0")
                    .hasMessageContaining(") failed: CUDA_ERROR_")
                    .hasMessageEndingWith(" Update the NVIDIA driver.");
        }
        SimulatedDevice.takeProblems();
    }

    @Test
    void oneByOneTheKernelAtFaultIsNamed() {
        System.setProperty("dev.lamina.cuda.sync", "true");
        CudaBackend waiting;
        try {
            waiting = CudaBackend.open(0, Long.MAX_VALUE);
        } finally {
            System.clearProperty("dev.lamina.cuda.sync");
        }
        try (CudaDevice.Hold _ = waiting.device().hold()) {
            LaunchPacker packer =
                    new LaunchPacker(waiting.device()).start(waiting.library().kernel("relu_f32"));
            long before = SimulatedDevice.counter("synchronizations");
            packer.pointer(0).pointer(0).i64(0).overElements(1);
            assertThat(SimulatedDevice.counter("synchronizations") - before).isEqualTo(1);
            packer.start(waiting.library().kernel("relu_f32"))
                    .pointer(4096)
                    .pointer(8192)
                    .i64(10);
            assertThatThrownBy(() -> packer.overElements(10))
                    .isInstanceOf(CudaException.class)
                    .hasMessage(
                            "[cuda:0] launching relu_f32 grid (1) block (256) failed: CUDA_ERROR_ILLEGAL_ADDRESS. It ran "
                                    + "alone (dev.lamina.cuda.sync), so it is at fault itself. Report this as a bug in Lamina.");
        }
        assertThat(waiting.device().driver().isLost()).isTrue();
        waiting.close();
        assertThat(SimulatedDevice.takeProblems()).anyMatch(problem -> problem.contains("relu_f32"));
    }

    private void launchOnNothing() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            new LaunchPacker(backend.device())
                    .start(backend.library().kernel("relu_f32"))
                    .pointer(4096)
                    .pointer(8192)
                    .i64(10)
                    .overElements(10);
        }
    }

    @Test
    void aFailedCallNamesWhatWasTried() {
        SimulatedDevice.fail("cuStreamSynchronize", 1, INVALID_VALUE);
        assertThatThrownBy(backend::synchronize)
                .isInstanceOf(CudaException.class)
                .hasMessage(
                        "[cuda:0] waiting for the stream failed: CUDA_ERROR_INVALID_VALUE. \"lamina doctor\" tells which "
                                + "driver and device are in use.");
    }

    @Test
    void aFailedProductNamesItsSizes() {
        SimulatedDevice.fail("cublasGemmEx", 1, EXECUTION_FAILED);
        assertThatThrownBy(() -> CudaTests.run(
                        new MatrixOp.Matmul(false, false), CudaTests.random(1, 2, 19), CudaTests.random(2, 19, 17)))
                .isInstanceOf(CudaException.class)
                .hasMessage(
                        "[cuda:0] multiplying float32 matrices, m 2 n 17 k 19, failed: CUBLAS_STATUS_EXECUTION_FAILED. "
                                + "Kernels run asynchronously, so an earlier one may be at fault; rerun with "
                                + "-Ddev.lamina.cuda.sync=true.");
    }

    @Test
    void aKernelThatReadsOutsideOfItsMemoryIsFoundWhenTheHostWaits() {
        launchOnNothing();
        assertThatThrownBy(backend::synchronize)
                .isInstanceOf(CudaException.class)
                .hasMessage(
                        "[cuda:0] waiting for the stream failed: CUDA_ERROR_ILLEGAL_ADDRESS. Kernels run asynchronously, "
                                + "so an earlier one may be at fault; rerun with -Ddev.lamina.cuda.sync=true.");
        assertThat(SimulatedDevice.takeProblems()).anyMatch(problem -> problem.contains("relu_f32"));
    }
}
