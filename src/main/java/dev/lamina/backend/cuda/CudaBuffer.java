package dev.lamina.backend.cuda;

import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** A block of device memory, lent out by its allocator. */
final class CudaBuffer implements Buffer {
    private final CudaMemory memory;
    private final long address;
    private final long bytes;
    private final AtomicBoolean freed = new AtomicBoolean();

    CudaBuffer(CudaMemory memory, long address, long bytes) {
        this.memory = memory;
        this.address = address;
        this.bytes = bytes;
    }

    /** Where an operand's elements lie on the device. */
    static long address(Operand operand) {
        if (!(operand.buffer() instanceof CudaBuffer buffer)) {
            throw new IllegalArgumentException(
                    "[cuda] expected a tensor in the cuda backend's memory; received one in a "
                            + operand.buffer().getClass().getSimpleName() + ". Make it on the backend that uses it.");
        }
        return buffer.checked(operand.offset(), operand.bytes());
    }

    /** An error if an operand's memory was freed. */
    static void requireUsable(Operand operand) {
        long _ = address(operand);
    }

    private long checked(long offset, long size) {
        if (freed.getPlain()) {
            throw new IllegalStateException("[cuda] expected a buffer in use; received one of " + bytes
                    + " bytes that was freed. This is a bug in Lamina.");
        }
        if (offset < 0 || size < 0 || offset > bytes - size) {
            throw new IllegalStateException("[cuda] expected " + size + " bytes at offset " + offset
                    + " of a buffer; it has " + bytes + ". This is a bug in Lamina.");
        }
        return address + offset;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void download(long offset, MemorySegment destination) {
        memory.download(destination, checked(offset, destination.byteSize()));
    }

    @Override
    public void upload(long offset, MemorySegment source) {
        memory.upload(checked(offset, source.byteSize()), source);
    }

    @Override
    public void stream(long offset, MemorySegment source) {
        memory.stream(checked(offset, source.byteSize()), source);
    }

    @Override
    public void free() {
        if (!freed.compareAndSet(false, true)) {
            throw new IllegalStateException("[cuda] expected a buffer to be freed once; received a second free of "
                    + bytes + " bytes. This is a bug in Lamina.");
        }
        memory.allocator().free(address, bytes);
    }

    @Override
    public String toString() {
        return "CudaBuffer of " + bytes + " bytes" + (freed.get() ? " (freed)" : "");
    }
}
