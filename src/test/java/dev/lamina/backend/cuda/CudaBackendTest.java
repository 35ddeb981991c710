package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.BackendStatistics;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the backend does besides computing: copies, counting, threads. */
@ExtendWith(SimulatedDevice.class)
class CudaBackendTest {
    private final CudaBackend backend = CudaTests.backend();

    @Test
    void hasANameAndDescribesItsDevice() {
        assertThat(backend.name()).isEqualTo("cuda:0");
        assertThat(backend)
                .asString()
                .startsWith("cuda:0 (")
                .contains("compute capability", "multiprocessors", ", driver ", ", CUDA 1", ", cuBLAS 1", " by ");
    }

    /** Around the 4 MiB of a staging block, and more than both blocks. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 63, 64, 4095, 4 << 20, (4 << 20) + 1, (8 << 20) + 3, (13 << 20) + 77})
    void whatIsUploadedCanBeDownloaded(int size) {
        MemorySegment data = CudaTests.bytes(size, size);
        Buffer buffer = backend.allocate(size);
        buffer.upload(0, data);
        MemorySegment back = MemorySegment.ofArray(new byte[size]);
        buffer.download(0, back);
        buffer.free();
        assertThat(back.mismatch(data)).isEqualTo(-1);
    }

    @Test
    void manySmallUploadsShareTheStagingMemory() {
        int count = 3000;
        int size = 5000;
        Buffer buffer = backend.allocate((long) count * size);
        MemorySegment all = CudaTests.bytes(1, count * size);
        for (int i = 0; i < count; i++) {
            buffer.upload((long) i * size, all.asSlice((long) i * size, size));
        }
        MemorySegment back = MemorySegment.ofArray(new byte[count * size]);
        buffer.download(0, back);
        buffer.free();
        assertThat(back.mismatch(all)).isEqualTo(-1);
    }

    @Test
    void theSourceOfAnUploadMayBeChangedAtOnce() {
        Buffer buffer = backend.allocate(100);
        MemorySegment data = CudaTests.bytes(3, 100);
        MemorySegment before = MemorySegment.ofArray(data.toArray(ValueLayout.JAVA_BYTE));
        buffer.upload(0, data);
        data.fill((byte) 0);
        MemorySegment back = MemorySegment.ofArray(new byte[100]);
        buffer.download(0, back);
        buffer.free();
        assertThat(back.mismatch(before)).isEqualTo(-1);
    }

    @Test
    void copiesBetweenOffsets() {
        Buffer from = backend.allocate(64);
        Buffer to = backend.allocate(64);
        HostArray values = HostArray.of(new float[] {1, 2, 3});
        from.upload(16, values.data());
        backend.copy(new Operand(from, 16, values.spec()), new Operand(to, 32, values.spec()));
        assertThat(CudaTests.download(new Operand(to, 32, values.spec())).toFloatArray())
                .containsExactly(1, 2, 3);
        from.free();
        to.free();
    }

    @Test
    void countsWhatItDoes() {
        BackendStatistics before = backend.statistics();
        CudaTests.run(UnaryOp.RELU, CudaTests.random(1, 10));
        BackendStatistics after = backend.statistics();
        assertThat(after.opsRun() - before.opsRun()).isEqualTo(1);
        assertThat(after.uploads() - before.uploads()).isEqualTo(1);
        assertThat(after.downloads() - before.downloads()).isEqualTo(1);
        assertThat(after.allocations() - before.allocations()).isEqualTo(3);
        assertThat(after.liveBytes()).isEqualTo(before.liveBytes());
    }

    @Test
    void aLaunchIsNotWaitedFor() {
        Buffer x = backend.allocate(4000);
        Operand operand = new Operand(x, 0, new TensorSpec(Shape.of(1000), DType.FLOAT32));
        x.upload(0, CudaTests.random(2, 1000).data());
        long synchronizations = backend.device().compute().synchronizations();
        long launches = backend.library().launches("relu_f32");
        for (int i = 0; i < 5; i++) {
            backend.run(UnaryOp.RELU, new Operand[] {operand}, new Operand[] {operand}, operand);
        }
        assertThat(backend.device().compute().synchronizations()).isEqualTo(synchronizations);
        assertThat(backend.library().launches("relu_f32")).isEqualTo(launches + 5);
        backend.synchronize();
        x.free();
    }

    @Test
    void aBufferIsFreedOnceAndNotUsedAfterwards() {
        Buffer buffer = backend.allocate(10);
        Operand operand = new Operand(buffer, 0, new TensorSpec(Shape.of(10), DType.UINT8));
        buffer.free();
        assertThat(buffer).hasToString("CudaBuffer of 10 bytes (freed)");
        assertThatThrownBy(buffer::free)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cuda] expected a buffer to be freed once; received a second free of 10 bytes. "
                        + "This is a bug in Lamina.");
        assertThatThrownBy(() -> CudaBuffer.address(operand))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cuda] expected a buffer in use; received one of 10 bytes that was freed. "
                        + "This is a bug in Lamina.");
    }

    @Test
    void anOperandBeyondItsBufferIsRefused() {
        Buffer buffer = backend.allocate(10);
        MemorySegment eight = MemorySegment.ofArray(new byte[8]);
        assertThatThrownBy(() -> buffer.download(3, eight))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cuda] expected 8 bytes at offset 3 of a buffer; it has 10. This is a bug in Lamina.");
        buffer.free();
    }

    @Test
    void aTensorOfAnotherBackendIsRefused() {
        Buffer foreign =
                new dev.lamina.backend.cpu.CpuBackendProvider().backend().allocate(4);
        Operand operand = new Operand(foreign, 0, new TensorSpec(Shape.of(1), DType.FLOAT32));
        assertThatThrownBy(() -> backend.run(UnaryOp.RELU, new Operand[] {operand}, new Operand[] {operand}, operand))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[cuda] expected a tensor in the cuda backend's memory; received one in a CpuBuffer. "
                        + "Make it on the backend that uses it.");
        foreign.free();
    }

    @Test
    void threadsOfAllKindsMayUseItAtOnce() throws Exception {
        HostArray x = CudaTests.random(5, 207);
        float[] expected = CudaTests.run(BinaryOp.MULTIPLY, x, x).toFloatArray();
        try (ExecutorService platform = Executors.newFixedThreadPool(4);
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            for (ExecutorService threads : List.of(platform, virtual)) {
                List<Future<HostArray>> results = IntStream.range(0, 40)
                        .mapToObj(_ -> threads.submit(() -> CudaTests.run(BinaryOp.MULTIPLY, x, x)))
                        .toList();
                for (Future<HostArray> result : results) {
                    assertThat(result.get().toFloatArray()).isEqualTo(expected);
                }
            }
        }
    }
}
