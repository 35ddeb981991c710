package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.OutOfMemoryException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Size classes, reuse, accounting and what happens when memory runs out. */
@ExtendWith(SimulatedDevice.class)
class CudaAllocatorTest {
    private final CudaDevice device = CudaTests.backend().device();
    private final CudaAllocator allocator = new CudaAllocator(device, Long.MAX_VALUE, true);

    @AfterEach
    void trim() {
        allocator.trim();
        assertThat(allocator.reserved()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 255, 256, 257, 1024, 1025, 100_000, 1 << 20, (1 << 20) + 1, 123_456_789})
    void aBlockHoldsWhatWasAskedForAndLittleMore(long bytes) {
        long block = CudaAllocator.classBytes(CudaAllocator.sizeClass(bytes));
        assertThat(block).isBetween(bytes, Math.max(256, bytes + Math.max(255, bytes / 4)));
        assertThat(block % 256).isZero();
    }

    @Test
    void countsWhatIsAskedForExactly() {
        long a = allocator.allocate(1000);
        long b = allocator.allocate(3);
        assertThat(allocator.live()).isEqualTo(1003);
        assertThat(allocator.reserved()).isEqualTo(1024 + 256);
        allocator.free(a, 1000);
        assertThat(allocator.live()).isEqualTo(3);
        assertThat(allocator.peak()).isEqualTo(1003);
        assertThat(allocator.reserved()).isEqualTo(1024 + 256);
        allocator.trim();
        assertThat(allocator.reserved()).isEqualTo(256);
        allocator.free(b, 3);
        assertThat(allocator.live()).isZero();
        assertThat(allocator.allocations()).isEqualTo(2);
    }

    @Test
    void aFreedBlockServesTheNextRequestOfItsSize() {
        long a = allocator.allocate(1000);
        allocator.free(a, 1000);
        long b = allocator.allocate(900);
        assertThat(b).isEqualTo(a);
        long c = allocator.allocate(900);
        assertThat(c).isNotEqualTo(a);
        allocator.free(b, 900);
        allocator.free(c, 900);
    }

    @Test
    void nothingTakesNoMemory() {
        assertThat(allocator.allocate(0)).isZero();
        assertThat(allocator.reserved()).isZero();
        allocator.free(0, 0);
    }

    @Test
    void withoutCachingBlocksAreExactAndGoBackAtOnce() {
        CudaAllocator exact = new CudaAllocator(device, Long.MAX_VALUE, false);
        long address = exact.allocate(1001);
        assertThat(exact.reserved()).isEqualTo(1001);
        exact.free(address, 1001);
        assertThat(exact.reserved()).isZero();
    }

    @Test
    void cachedBlocksAreGivenUpBeforeMemoryRunsOut() {
        CudaAllocator small = new CudaAllocator(device, 10_240, true);
        small.free(small.allocate(8192), 8192);
        long address = small.allocate(4096);
        assertThat(small.reserved()).isEqualTo(4096);
        small.free(address, 4096);
        small.trim();
    }

    @Test
    void theLimitIsNamedWhenItIsReached() {
        CudaAllocator small = new CudaAllocator(device, 10_000, true);
        long address = small.allocate(8192);
        assertThatThrownBy(() -> small.allocate(4000))
                .isInstanceOf(OutOfMemoryException.class)
                .hasMessageMatching("\\[cuda:0] expected memory for 4000 bytes; received none: 8192 bytes are in use, "
                        + "8192 are held from the device, \\d+ of its \\d+ are free, dev.lamina.cuda.memoryLimit is 10000. "
                        + "Use a smaller batch, or close models and scopes that are no longer needed.");
        small.free(address, 8192);
        small.trim();
    }

    @Test
    void theDevicesMemoryRunsOut() {
        SimulatedDevice.assumeSimulated();
        SimulatedDevice.fail("cuMemAlloc", 1, 2);
        long address = allocator.allocate(500);
        assertThat(address).as("after a second try").isNotZero();
        SimulatedDevice.memory(4096);
        assertThatThrownBy(() -> allocator.allocate(5000))
                .isInstanceOf(OutOfMemoryException.class)
                .hasMessageContaining(
                        "expected memory for 5000 bytes; received none: 500 bytes are in use, 512 are held");
        allocator.free(address, 500);
    }

    @Test
    void anAbsurdRequestIsRefused() {
        assertThatThrownBy(() -> allocator.allocate(Long.MAX_VALUE)).isInstanceOf(OutOfMemoryException.class);
    }
}
