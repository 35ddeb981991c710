package dev.lamina.backend.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A device's memory: the allocator, and the copies to and from the host. */
final class CudaMemory {
    private static final long STAGING_BYTES = 4 << 20;

    private final CudaDevice device;
    private final CudaAllocator allocator;
    private final PinnedStaging staging;
    private final long slotBytes = Long.getLong("dev.lamina.cuda.streamBytes", STAGING_BYTES);
    private Optional<StreamedUploads> streamed = Optional.empty();
    private boolean streams;
    private long downloads;
    private long uploads;

    CudaMemory(CudaDevice device, long limit) {
        this.device = device;
        boolean caching = !"off".equals(System.getProperty("dev.lamina.cuda.cache"));
        allocator = new CudaAllocator(device, limit, caching);
        staging = new PinnedStaging(device, STAGING_BYTES);
    }

    CudaAllocator allocator() {
        return allocator;
    }

    CudaBuffer allocate(long bytes) {
        return new CudaBuffer(this, allocator.allocate(bytes), bytes);
    }

    void download(MemorySegment target, long source) {
        try (CudaDevice.Hold _ = device.hold()) {
            downloads++;
            staging.download(target, source);
        }
    }

    void upload(long target, MemorySegment source) {
        try (CudaDevice.Hold _ = device.hold()) {
            uploads++;
            staging.upload(target, source);
        }
    }

    /** As {@link #upload}, on its way while earlier work computes; where there is no memory for that, as it. */
    void stream(long target, MemorySegment source) {
        try (CudaDevice.Hold _ = device.hold()) {
            if (!streams) {
                streams = true;
                streamed = slotBytes > 0 ? StreamedUploads.open(device, slotBytes) : Optional.empty();
            }
            uploads++;
            if (streamed.isPresent()) {
                streamed.get().upload(target, source);
            } else {
                staging.upload(target, source);
            }
        }
    }

    long downloads() {
        return downloads;
    }

    long uploads() {
        return uploads;
    }

    void close() {
        allocator.trim();
        staging.close();
        streamed.ifPresent(StreamedUploads::close);
    }
}
