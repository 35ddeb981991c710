package dev.lamina.tensor;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Shared ownership of a buffer by the tensors that view it. The buffer is freed when the last of them lets go. Starts
 * with one owner.
 */
public final class Storage {
    private final Buffer buffer;
    private final AtomicInteger owners = new AtomicInteger(1);

    private final Runnable afterFree;

    public Storage(Buffer buffer) {
        this(buffer, () -> {});
    }

    /** Calls {@code afterFree} once when the buffer has been freed. */
    public Storage(Buffer buffer, Runnable afterFree) {
        this.buffer = buffer;
        this.afterFree = afterFree;
    }

    public Buffer buffer() {
        return buffer;
    }

    /** Adds an owner. */
    public Storage retain() {
        owners.incrementAndGet();
        return this;
    }

    /** Takes one owner away. */
    public void release() {
        if (owners.decrementAndGet() == 0) {
            buffer.free();
            afterFree.run();
        }
    }
}
