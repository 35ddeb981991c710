package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Batches that come by the copy stream: each step reads its own, though they are on their way while others compute. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class StreamedUploadsCudaTest {
    private static final int SLOT = 1024;
    private static final int OUT_OF_MEMORY = 2;

    /** Fits several times into a slot, once, exactly, and not at all. */
    private static final int[] SIZES = {1, 4, 6, 13, 207, 300, SLOT, SLOT + 1, 3 * SLOT + 207, 256};

    private static long address(Buffer buffer, long bytes) {
        return CudaBuffer.address(
                new Operand(buffer, 0, new TensorSpec(Shape.of(Math.toIntExact(bytes)), DType.UINT8)));
    }

    @Test
    void eachStepReadsItsOwnBatch() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        CudaBackend backend = CudaTests.backend();
        CudaDevice device = backend.device();
        int rounds = 60;
        int largest = 4 * SLOT;
        Buffer target = backend.allocate(largest);
        Buffer results = backend.allocate((long) rounds * largest);
        List<byte[]> expected = new ArrayList<>();
        try (Arena arena = Arena.ofConfined();
                CudaDevice.Hold _ = device.hold()) {
            StreamedUploads uploads = StreamedUploads.open(device, SLOT).orElseThrow();
            long from = address(target, largest);
            long to = address(results, (long) rounds * largest);
            MemorySegment source = arena.allocate(largest);
            for (int round = 0; round < rounds; round++) {
                byte[] batch = new byte[SIZES[random.nextInt(SIZES.length)]];
                random.nextBytes(batch);
                expected.add(batch);
                MemorySegment.copy(batch, 0, source, ValueLayout.JAVA_BYTE, 0, batch.length);
                uploads.upload(from, source.asSlice(0, batch.length));
                // The source may change at once; the step, here a copy, comes behind.
                source.fill((byte) 77);
                device.driver()
                        .copy(
                                to + (long) round * largest,
                                from,
                                batch.length,
                                device.compute().handle());
            }
            device.compute().synchronize();
            uploads.close();
        }
        try (Arena arena = Arena.ofConfined()) {
            for (int round = 0; round < rounds; round++) {
                MemorySegment read = arena.allocate(expected.get(round).length);
                results.download((long) round * largest, read);
                assertThat(read.toArray(ValueLayout.JAVA_BYTE))
                        .as("batch %d, seed %d", round, seed)
                        .isEqualTo(expected.get(round));
            }
        } finally {
            target.free();
            results.free();
        }
    }

    @Test
    void hostDoesNotWaitForComputation() {
        CudaBackend backend = CudaTests.backend();
        CudaDevice device = backend.device();
        Buffer target = backend.allocate(SLOT);
        try (Arena arena = Arena.ofConfined();
                CudaDevice.Hold _ = device.hold()) {
            StreamedUploads uploads = StreamedUploads.open(device, SLOT).orElseThrow();
            MemorySegment source = arena.allocate(SLOT);
            long before = device.compute().synchronizations();
            for (int i = 0; i < 20; i++) {
                uploads.upload(address(target, SLOT), source);
            }
            assertThat(device.compute().synchronizations()).isEqualTo(before);
            device.compute().synchronize();
            uploads.close();
        } finally {
            target.free();
        }
    }

    @Test
    void withoutMemoryForItsSlotsThereIsNone() {
        CudaDevice device = CudaTests.backend().device();
        try (CudaDevice.Hold _ = device.hold()) {
            assertThat(StreamedUploads.open(device, 1L << 50)).isEmpty();
        }
    }

    @Test
    void withoutMemoryToPinThereIsNone() {
        SimulatedDevice.assumeSimulated();
        CudaDevice device = CudaTests.backend().device();
        try (CudaDevice.Hold _ = device.hold()) {
            long free = device.driver().freeMemory();
            for (int slot = 1; slot <= 3; slot++) {
                SimulatedDevice.fail("cuMemHostAlloc", slot, OUT_OF_MEMORY);
                assertThat(StreamedUploads.open(device, SLOT)).isEmpty();
            }
            assertThat(device.driver().freeMemory()).isEqualTo(free);
        }
    }
}
