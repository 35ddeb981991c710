package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.CudaException;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.HostArray;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

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
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> CudaTests.run(UnaryOp.RELU, x))
                    .isInstanceOf(CudaException.class)
                    .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS");
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
                        new MatrixOp.Matmul(false, false), CudaTests.random(1, 2, 3), CudaTests.random(2, 3, 4)))
                .isInstanceOf(CudaException.class)
                .hasMessage(
                        "[cuda:0] multiplying float32 matrices, m 2 n 4 k 3, failed: CUBLAS_STATUS_EXECUTION_FAILED. "
                                + "Kernels run asynchronously, so an earlier one may be at fault; rerun with "
                                + "-Ddev.lamina.cuda.sync=true.");
    }

    @Test
    void aKernelThatReadsOutsideOfItsMemoryIsFoundWhenTheHostWaits() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            new LaunchPacker(backend.device())
                    .start(backend.library().kernel("relu_f32"))
                    .pointer(4096)
                    .pointer(8192)
                    .i64(10)
                    .overElements(10);
        }
        assertThatThrownBy(backend::synchronize)
                .isInstanceOf(CudaException.class)
                .hasMessage(
                        "[cuda:0] waiting for the stream failed: CUDA_ERROR_ILLEGAL_ADDRESS. Kernels run asynchronously, "
                                + "so an earlier one may be at fault; rerun with -Ddev.lamina.cuda.sync=true.");
        assertThat(SimulatedDevice.takeProblems()).anyMatch(problem -> problem.contains("relu_f32"));
    }
}
