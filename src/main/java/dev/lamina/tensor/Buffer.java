package dev.lamina.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A block of memory on a backend's device. Made by a backend's allocator and freed by its one owner. Offsets and
 * lengths are in bytes; elements are stored in the native byte order.
 */
public interface Buffer {
    long bytes();

    /** Copies from the device into host memory, after all work that was issued before; blocks until done. */
    void download(long offset, MemorySegment destination);

    /** Copies host memory onto the device, ordered with the work issued before and after. */
    void upload(long offset, MemorySegment source);

    /**
     * As {@link #upload}, for what comes again with each step, such as a batch: a backend that can copies it beside the
     * work issued before.
     */
    default void stream(long offset, MemorySegment source) {
        upload(offset, source);
    }

    /** Gives the memory back to its allocator. Only the owner calls this, once. */
    void free();
}
