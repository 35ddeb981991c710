package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import dev.lamina.errors.OutOfMemoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Device memory in blocks of fixed sizes. A freed block goes to its size's list and serves the next request of that
 * size, at once: whoever gets it issues work to the same stream, behind what the former owner issued. Only
 * {@link #trim} gives memory back. Works under the device's lock. With {@code -Ddev.lamina.cuda.cache=off} every block
 * is exactly as large as asked for and given back when it is freed, which is slow and shows mistakes.
 */
final class CudaAllocator {
    /** The device's allocations begin at multiples of this. */
    private static final long ALIGNMENT = 256;

    /** Beyond this size the sizes of blocks lie closer together, so that less is wasted. */
    private static final long COARSE_BYTES = 1 << 20;

    /** The largest request that is tried. */
    private static final long MAX_BYTES = 1L << 46;

    private static final long[] CLASS_BYTES = classBytes();

    private final CudaDevice device;
    private final long limit;
    private final boolean caching;
    private final List<ArrayDeque<Long>> free = new ArrayList<>();
    private long live;
    private long peak;
    private long reserved;
    private long allocations;

    /** An allocator that takes at most so many bytes from the device. */
    CudaAllocator(CudaDevice device, long limit, boolean caching) {
        this.device = device;
        this.limit = limit;
        this.caching = caching;
        for (int i = 0; i < CLASS_BYTES.length; i++) {
            free.add(new ArrayDeque<>(0));
        }
    }

    /** The address of a block of at least so many bytes; 0 for none. */
    long allocate(long bytes) {
        try (CudaDevice.Hold _ = device.hold()) {
            if (bytes < 0 || bytes > MAX_BYTES) {
                throw outOfMemory(bytes);
            }
            long address = bytes == 0 ? 0 : take(bytes);
            allocations++;
            live += bytes;
            peak = Math.max(peak, live);
            return address;
        }
    }

    private long take(long bytes) {
        Long cached = caching ? free.get(sizeClass(bytes)).pollFirst() : null;
        if (cached != null) {
            return cached;
        }
        long blockBytes = blockBytes(bytes);
        long address = reserve(blockBytes);
        if (address == 0) {
            trim();
            address = reserve(blockBytes);
        }
        if (address == 0) {
            throw outOfMemory(bytes);
        }
        reserved += blockBytes;
        return address;
    }

    private long reserve(long bytes) {
        return bytes > limit - reserved ? 0 : device.driver().allocate(bytes);
    }

    /** Takes back a block that {@link #allocate} gave for so many bytes. */
    void free(long address, long bytes) {
        try (CudaDevice.Hold _ = device.hold()) {
            live -= bytes;
            if (address == 0) {
                return;
            }
            if (caching) {
                free.get(sizeClass(bytes)).addFirst(address);
            } else {
                reserved -= bytes;
                giveBack(List.of(address));
            }
        }
    }

    /** What the limit and the device leave beside what is in use; cached blocks are free. */
    long availableBytes() {
        try (CudaDevice.Hold _ = device.hold()) {
            return Math.max(0, Math.min(limit - live, device.driver().freeMemory() + reserved - live));
        }
    }

    /** Gives all cached blocks back to the device. */
    void trim() {
        try (CudaDevice.Hold _ = device.hold()) {
            List<Long> addresses = new ArrayList<>();
            for (int sizeClass = 0; sizeClass < CLASS_BYTES.length; sizeClass++) {
                reserved -= CLASS_BYTES[sizeClass] * free.get(sizeClass).size();
                addresses.addAll(free.get(sizeClass));
                free.get(sizeClass).clear();
            }
            giveBack(addresses);
        }
    }

    /**
     * Frees memory. On a lost device it is gone already, and whoever closes a tensor is not to hear of an error that
     * belongs to an earlier kernel: the next call that uses the device says so.
     */
    private void giveBack(List<Long> addresses) {
        if (addresses.isEmpty() || device.driver().isLost()) {
            return;
        }
        try {
            device.compute().synchronize();
            for (long address : addresses) {
                device.driver().free(address);
            }
        } catch (CudaException e) {
            if (!device.driver().isLost()) {
                throw e;
            }
        }
    }

    private OutOfMemoryException outOfMemory(long bytes) {
        return new OutOfMemoryException(
                "[" + device.name() + "] expected memory for " + bytes + " bytes; received none: "
                        + live + " bytes are in use, " + reserved + " are held from the device, " + freeOnDevice()
                        + " of its " + device.totalMemory() + " are free"
                        + (limit == Long.MAX_VALUE ? "" : ", dev.lamina.cuda.memoryLimit is " + limit)
                        + ". Use a smaller batch, or close models and scopes that are no longer needed.");
    }

    private String freeOnDevice() {
        try {
            return Long.toString(device.driver().freeMemory());
        } catch (CudaException e) {
            return "an unknown number";
        }
    }

    long live() {
        return live;
    }

    long peak() {
        return peak;
    }

    long reserved() {
        return reserved;
    }

    long allocations() {
        return allocations;
    }

    private long blockBytes(long bytes) {
        return caching ? CLASS_BYTES[sizeClass(bytes)] : bytes;
    }

    /** The number of the smallest block size that holds so many bytes. */
    static int sizeClass(long bytes) {
        int found = Arrays.binarySearch(CLASS_BYTES, bytes);
        return found >= 0 ? found : -found - 1;
    }

    static long classBytes(int sizeClass) {
        return CLASS_BYTES[sizeClass];
    }

    /** 256, 512, 768 and 1024 bytes, then four sizes for each power of two, sixteen above {@link #COARSE_BYTES}. */
    private static long[] classBytes() {
        LongStream.Builder sizes = LongStream.builder();
        for (long size = ALIGNMENT; size <= 4 * ALIGNMENT; size += ALIGNMENT) {
            sizes.add(size);
        }
        for (long power = 4 * ALIGNMENT; power < MAX_BYTES; power *= 2) {
            int steps = power < COARSE_BYTES ? 4 : 16;
            for (int step = 1; step <= steps; step++) {
                sizes.add(power + power / steps * step);
            }
        }
        return sizes.build().toArray();
    }
}
