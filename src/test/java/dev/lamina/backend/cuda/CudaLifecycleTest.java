package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.CudaException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is opened is closed: after use, and when opening fails half-way. */
@ExtendWith(SimulatedDevice.class)
class CudaLifecycleTest {
    private static final List<String> LIVE = List.of("live_streams", "live_events", "live_allocations", "live_bytes");

    @BeforeEach
    void simulated() {
        SimulatedDevice.assumeSimulated();
        CudaTests.backend();
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void nothingIsLeftOnTheDeviceAfterClosing(String cache) throws Exception {
        String folder = SimulatedDevice.folder().orElseThrow().toString();
        assertThat(ChildProcess.start(
                                LifecycleMain.class,
                                List.of("-Dlamina.simulated=" + folder, "-Ddev.lamina.cuda.cache=" + cache),
                                Map.of())
                        .lines())
                .containsExactly("live_streams 0", "live_events 0", "live_allocations 0", "live_bytes 0");
    }

    @ParameterizedTest
    @CsvSource({
        "cuDevicePrimaryCtxRetain, 1",
        "cuCtxSetCurrent, 1",
        "cuCtxSetCurrent, 2",
        "cuStreamCreate, 1",
        "cuStreamCreate, 2",
        "cuMemHostAlloc, 1",
        "cuMemHostAlloc, 2",
        "cuEventCreate, 1",
        "cuEventCreate, 2",
        "cublasCreate, 1",
        "cuMemAlloc, 1",
        "cublasSetStream, 1",
        "cublasSetWorkspace, 1",
        "cublasSetMathMode, 1"
    })
    void aFailureWhileOpeningLeavesNothingOpen(String function, int call) {
        List<Long> before = LIVE.stream().map(SimulatedDevice::counter).toList();
        SimulatedDevice.fail(function, call, 2);
        assertThatThrownBy(() -> CudaBackend.open(0, Long.MAX_VALUE)).isInstanceOf(CudaException.class);
        assertThat(LIVE.stream().map(SimulatedDevice::counter).toList()).isEqualTo(before);
    }

    @Test
    void twoBackendsOfOneDeviceAreIndependent() {
        List<Long> before = LIVE.stream().map(SimulatedDevice::counter).toList();
        CudaBackend other = CudaBackend.open(0, Long.MAX_VALUE);
        other.allocate(100).free();
        other.close();
        assertThat(LIVE.stream().map(SimulatedDevice::counter).toList()).isEqualTo(before);
        assertThat(CudaTests.run(dev.lamina.ops.UnaryOp.RELU, CudaTests.random(1, 3))
                        .elements())
                .isEqualTo(3);
    }
}
