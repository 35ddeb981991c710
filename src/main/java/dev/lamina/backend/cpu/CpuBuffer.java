package dev.lamina.backend.cpu;

import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** A block of memory outside the Java heap, lent out by its allocator. */
final class CpuBuffer implements Buffer {
    private final CpuAllocator allocator;
    private final CpuAllocator.Block block;
    private final MemorySegment segment;
    private final AtomicBoolean freed = new AtomicBoolean();

    CpuBuffer(CpuAllocator allocator, CpuAllocator.Block block, long bytes) {
        this.allocator = allocator;
        this.block = block;
        this.segment = block.segment().asSlice(0, bytes);
    }

    /** The memory of an operand, exactly its bytes. */
    static MemorySegment data(Operand operand) {
        if (!(operand.buffer() instanceof CpuBuffer buffer)) {
            throw new IllegalArgumentException("[cpu] expected a tensor in the cpu backend's memory; received one in a "
                    + operand.buffer().getClass().getSimpleName() + ". Make it on the backend that uses it.");
        }
        return buffer.segment().asSlice(operand.offset(), operand.bytes());
    }

    private MemorySegment segment() {
        if (freed.getPlain()) {
            throw new IllegalStateException("[cpu] expected a buffer in use; received one of " + bytes()
                    + " bytes that was freed. This is a bug in Lamina.");
        }
        return segment;
    }

    @Override
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public void download(long offset, MemorySegment destination) {
        MemorySegment.copy(segment(), offset, destination, 0, destination.byteSize());
        allocator.countDownload();
    }

    @Override
    public void upload(long offset, MemorySegment source) {
        MemorySegment.copy(source, 0, segment(), offset, source.byteSize());
        allocator.countUpload();
    }

    @Override
    public void free() {
        if (!freed.compareAndSet(false, true)) {
            throw new IllegalStateException("[cpu] expected a buffer to be freed once; received a second free of "
                    + bytes() + " bytes. This is a bug in Lamina.");
        }
        allocator.release(block, bytes());
    }

    @Override
    public String toString() {
        return "CpuBuffer of " + bytes() + " bytes" + (freed.get() ? " (freed)" : "");
    }
}
