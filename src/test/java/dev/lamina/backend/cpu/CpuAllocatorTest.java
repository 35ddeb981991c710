package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.BackendStatistics;
import dev.lamina.errors.OutOfMemoryException;
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

/** The memory of the CPU backend. */
class CpuAllocatorTest {
    private static final int MIB = 1 << 20;

    private final CpuAllocator allocator = new CpuAllocator(Long.MAX_VALUE);

    private BackendStatistics statistics() {
        return allocator.statistics(0);
    }

    @Test
    void countsExactly() {
        CpuBuffer a = allocator.allocate(1000);
        CpuBuffer b = allocator.allocate(3 * MIB + 1);
        assertThat(statistics().liveBytes()).isEqualTo(3 * MIB + 1001);
        assertThat(statistics().allocations()).isEqualTo(2);
        b.free();
        assertThat(statistics().liveBytes()).isEqualTo(1000);
        allocator.allocate(0).free();
        a.free();
        assertThat(statistics().liveBytes()).isZero();
        assertThat(statistics().peakBytes()).isEqualTo(3 * MIB + 1001);
        assertThat(statistics().allocations()).isEqualTo(3);
        assertThat(statistics().reservedBytes()).isGreaterThan(3 * MIB);
    }

    @Test
    void countsTransfers() {
        CpuBuffer buffer = allocator.allocate(8);
        buffer.upload(0, MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
        byte[] part = new byte[3];
        buffer.download(4, MemorySegment.ofArray(part));
        buffer.download(0, MemorySegment.ofArray(new byte[1]));
        assertThat(part).containsExactly(5, 6, 7);
        assertThat(statistics().uploads()).isEqualTo(1);
        assertThat(statistics().downloads()).isEqualTo(2);
    }

    @Test
    void givesAlignedBlocksThatDoNotOverlap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<CpuBuffer> held = new ArrayList<>();
        List<Byte> marks = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            if (!held.isEmpty() && random.nextInt(3) == 0) {
                int at = random.nextInt(held.size());
                MemorySegment data = data(held.get(at));
                byte mark = marks.remove(at);
                for (long j = 0; j < data.byteSize(); j += Math.max(1, data.byteSize() / 7)) {
                    assertThat(data.get(ValueLayout.JAVA_BYTE, j))
                            .as("seed %d", seed)
                            .isEqualTo(mark);
                }
                held.remove(at).free();
                continue;
            }
            int bytes = random.nextInt(1 << random.nextInt(1, 17));
            CpuBuffer buffer = allocator.allocate(bytes);
            assertThat(buffer.bytes()).isEqualTo(bytes);
            assertThat(data(buffer).address() % CpuAllocator.ALIGNMENT)
                    .as("alignment, seed %d", seed)
                    .isZero();
            data(buffer).fill((byte) i);
            held.add(buffer);
            marks.add((byte) i);
        }
        held.forEach(CpuBuffer::free);
        assertThat(statistics().liveBytes()).isZero();
    }

    @Test
    void reusesFreedBlocks() {
        allocator.allocate(MIB).free();
        long reserved = statistics().reservedBytes();
        for (int i = 0; i < 100; i++) {
            allocator.allocate(MIB - i).free();
        }
        assertThat(statistics().reservedBytes()).isEqualTo(reserved);
    }

    @Test
    void trimGivesBackWhatIsFree() {
        CpuBuffer kept = allocator.allocate(100);
        CpuBuffer freed = allocator.allocate(100);
        allocator.allocate(8 * MIB).free();
        freed.free();
        allocator.trim();
        assertThat(statistics().reservedBytes()).isBetween(100L, (long) MIB);
        data(kept).fill((byte) 7);
        CpuBuffer again = allocator.allocate(100);
        assertThat(data(again).address()).isNotEqualTo(data(kept).address());
        again.free();
        kept.free();
        allocator.trim();
        assertThat(statistics().reservedBytes()).isZero();
        assertThat(allocator.allocate(100).bytes()).isEqualTo(100);
    }

    @Test
    void wastesLittle() {
        for (long bytes = 1; bytes < 1L << 40; bytes += bytes / 7 + 1) {
            long block = CpuAllocator.classBytes(CpuAllocator.sizeClass(bytes));
            assertThat(block).isGreaterThanOrEqualTo(bytes);
            assertThat(block % CpuAllocator.ALIGNMENT).isZero();
            assertThat((double) block).isLessThanOrEqualTo(Math.max(bytes + 64, bytes * (bytes > MIB ? 1.07 : 1.26)));
        }
    }

    @Test
    void refusesToFreeTwiceAndToUseWhatIsFreed() {
        CpuBuffer buffer = allocator.allocate(12);
        buffer.free();
        assertThatThrownBy(buffer::free)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cpu] expected a buffer to be freed once; received a second free of 12 bytes. "
                        + "This is a bug in Lamina.");
        assertThatThrownBy(() -> data(buffer))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was freed");
        assertThat(statistics().liveBytes()).isZero();
        assertThat(data(allocator.allocate(12)).address())
                .isNotEqualTo(data(allocator.allocate(12)).address());
    }

    @Test
    void reportsSizesWhenMemoryIsOutAndRecoversAfterFreeing() {
        CpuAllocator small = new CpuAllocator(2 * MIB);
        CpuBuffer first = small.allocate(MIB);
        assertThatThrownBy(() -> small.allocate(MIB + 64))
                .isInstanceOf(OutOfMemoryException.class)
                .hasMessage(
                        "[cpu] expected memory for 1048640 bytes; received none: 1048576 bytes are in use, 1048576 are "
                                + "held from the system, dev.lamina.cpu.memoryLimit is 2097152. Use a smaller batch, or close "
                                + "models and scopes that are no longer needed.");
        first.free();
        CpuBuffer larger = small.allocate(MIB + 64);
        assertThat(larger.bytes()).isEqualTo(MIB + 64);
        assertThat(small.statistics(0).liveBytes()).isEqualTo(MIB + 64);
    }

    @Test
    void reportsWhatTheSystemRefuses() {
        // More than any machine has, but not too much to be tried.
        assertThatThrownBy(() -> allocator.allocate(1L << 45)).isInstanceOf(OutOfMemoryException.class);
        assertThatThrownBy(() -> allocator.allocate(1L << 60)).isInstanceOf(OutOfMemoryException.class);
        assertThat(statistics().liveBytes()).isZero();
        assertThat(statistics().reservedBytes()).isZero();
    }

    @Test
    void isSafeForSeveralThreads() throws InterruptedException {
        List<Thread> users = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            byte mark = (byte) i;
            users.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 20_000; round++) {
                    CpuBuffer buffer = allocator.allocate(64 + round % 300);
                    data(buffer).fill(mark);
                    if (data(buffer).get(ValueLayout.JAVA_BYTE, round % 64) == mark) {
                        buffer.free();
                    }
                }
            }));
        }
        for (Thread user : users) {
            user.join();
        }
        assertThat(statistics().liveBytes()).isZero();
        assertThat(statistics().allocations()).isEqualTo(80_000);
    }

    @Test
    void takesOnlyItsOwnBuffers() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4);
            Operand foreign = new Operand(new ForeignBuffer(memory), 0, new TensorSpec(Shape.of(1), DType.FLOAT32));
            assertThatThrownBy(() -> CpuBuffer.data(foreign))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(
                            "[cpu] expected a tensor in the cpu backend's memory; received one in a ForeignBuffer");
        }
    }

    private record ForeignBuffer(MemorySegment memory) implements dev.lamina.tensor.Buffer {
        @Override
        public long bytes() {
            return memory.byteSize();
        }

        @Override
        public void download(long offset, MemorySegment destination) {
            destination.copyFrom(memory);
        }

        @Override
        public void upload(long offset, MemorySegment source) {
            memory.copyFrom(source);
        }

        @Override
        public void free() {}
    }

    private static MemorySegment data(CpuBuffer buffer) {
        return CpuBuffer.data(new Operand(buffer, 0, new TensorSpec(Shape.of((int) buffer.bytes()), DType.UINT8)));
    }
}
