package dev.lamina.backend.cpu;

import com.sun.management.OperatingSystemMXBean;
import dev.lamina.backend.BackendStatistics;
import dev.lamina.errors.OutOfMemoryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside the Java heap in blocks of fixed sizes. A freed block goes to its size's list and serves the next
 * request of that size. Blocks are cut from slabs, each an arena of its own; only {@link #trim} closes slabs.
 * Thread-safe.
 */
final class CpuAllocator {
    /** Every block begins at a multiple of this. */
    static final int ALIGNMENT = 64;

    /** A slab of small blocks is about this large; a larger block has a slab of its own. */
    private static final long SLAB_BYTES = 256 << 10;

    private static final int SLAB_BLOCKS = 256;

    /** Beyond this size the sizes of blocks lie closer together, so that less is wasted. */
    private static final long COARSE_BYTES = 1 << 20;

    /** The largest request that is tried. */
    private static final long MAX_BYTES = 1L << 46;

    /**
     * Only who takes more than this is asked whether the machine has so much: the answer takes a while the first time.
     */
    private static final long UNCHECKED_BYTES = 1L << 30;

    private static final long[] CLASS_BYTES = classBytes();

    /** The memory of this machine or container. A system that promises more kills the process when it is used. */
    private static final class SystemMemory {
        static final long BYTES = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }

    /** Memory from the system: one arena, cut into blocks of one size. */
    private static final class Slab {
        final Arena arena;
        final MemorySegment memory;
        int blocksInUse;

        Slab(Arena arena, MemorySegment memory) {
            this.arena = arena;
            this.memory = memory;
        }
    }

    /** A piece of a slab. */
    record Block(Slab slab, MemorySegment segment, int sizeClass) {}

    private final long limit;
    private final List<ArrayDeque<Block>> free = new ArrayList<>();
    private final LongAdder downloads = new LongAdder();
    private final LongAdder uploads = new LongAdder();
    private long live;
    private long peak;
    private long reserved;
    private long allocations;

    /** An allocator that takes at most so many bytes from the system. */
    CpuAllocator(long limit) {
        this.limit = limit;
        for (int i = 0; i < CLASS_BYTES.length; i++) {
            free.add(new ArrayDeque<>(0));
        }
    }

    CpuBuffer allocate(long bytes) {
        if (bytes < 0 || bytes > MAX_BYTES) {
            throw outOfMemory(bytes);
        }
        return new CpuBuffer(this, take(sizeClass(bytes), bytes), bytes);
    }

    private synchronized Block take(int sizeClass, long bytes) {
        Block block = free.get(sizeClass).pollFirst();
        if (block == null) {
            block = cut(sizeClass, bytes);
        }
        block.slab.blocksInUse++;
        allocations++;
        live += bytes;
        peak = Math.max(peak, live);
        return block;
    }

    /** Gets a new slab and cuts it; when there is no memory left, gives back what is cached and tries once more. */
    private Block cut(int sizeClass, long bytes) {
        long blockBytes = classBytes(sizeClass);
        int count = Math.clamp(SLAB_BYTES / blockBytes, 1, SLAB_BLOCKS);
        Slab slab = reserve(count * blockBytes);
        if (slab == null) {
            trim();
            slab = reserve(count * blockBytes);
        }
        if (slab == null && count > 1) {
            count = 1;
            slab = reserve(blockBytes);
        }
        if (slab == null) {
            throw outOfMemory(bytes);
        }
        for (int i = 1; i < count; i++) {
            free.get(sizeClass).addLast(new Block(slab, slab.memory.asSlice(i * blockBytes, blockBytes), sizeClass));
        }
        return new Block(slab, slab.memory.asSlice(0, blockBytes), sizeClass);
    }

    /**
     * A slab of exactly so many bytes, or null if the limit or the system does not allow it. {@link #trim} closes the
     * arena.
     */
    @SuppressWarnings("MustBeClosedChecker")
    private @Nullable Slab reserve(long bytes) {
        if (bytes > limit - reserved || reserved + bytes > UNCHECKED_BYTES && bytes > SystemMemory.BYTES - reserved) {
            return null;
        }
        Arena arena = Arena.ofShared();
        try {
            // Small slabs would gain nothing, and a small model starts sooner without the calls that mapping needs.
            Optional<MemorySegment> mapped = bytes > SLAB_BYTES
                    ? MappedMemory.OF_PROCESS.flatMap(from -> from.take(arena, bytes))
                    : Optional.empty();
            MemorySegment memory = mapped.orElseGet(() -> arena.allocate(bytes, ALIGNMENT));
            reserved += bytes;
            return new Slab(arena, memory);
        } catch (OutOfMemoryError e) {
            arena.close();
            return null;
        }
    }

    private OutOfMemoryException outOfMemory(long bytes) {
        return new OutOfMemoryException("[cpu] expected memory for " + bytes + " bytes; received none: " + live
                + " bytes are in use, " + reserved + " are held from the system"
                + (limit == Long.MAX_VALUE ? "" : ", dev.lamina.cpu.memoryLimit is " + limit)
                + ". Use a smaller batch, or close models and scopes that are no longer needed.");
    }

    synchronized void release(Block block, long bytes) {
        block.slab.blocksInUse--;
        live -= bytes;
        free.get(block.sizeClass).addFirst(block);
    }

    /** Closes every slab of which no block is in use. */
    synchronized void trim() {
        for (ArrayDeque<Block> blocks : free) {
            for (Iterator<Block> each = blocks.iterator(); each.hasNext(); ) {
                Slab slab = each.next().slab;
                if (slab.blocksInUse == 0) {
                    each.remove();
                    if (slab.arena.scope().isAlive()) {
                        reserved -= slab.memory.byteSize();
                        slab.arena.close();
                    }
                }
            }
        }
    }

    synchronized BackendStatistics statistics(long opsRun) {
        return new BackendStatistics(live, peak, reserved, allocations, downloads.sum(), uploads.sum(), opsRun);
    }

    /** What the limit and the machine leave beside what is in use. */
    synchronized long availableBytes() {
        return Math.max(0, Math.min(limit, SystemMemory.BYTES) - live);
    }

    void countDownload() {
        downloads.increment();
    }

    void countUpload() {
        uploads.increment();
    }

    /** The number of the smallest block size that holds so many bytes. */
    static int sizeClass(long bytes) {
        int found = Arrays.binarySearch(CLASS_BYTES, bytes);
        return found >= 0 ? found : -found - 1;
    }

    static long classBytes(int sizeClass) {
        return CLASS_BYTES[sizeClass];
    }

    /** Four sizes for each power of two from 64 bytes on, sixteen above {@link #COARSE_BYTES}. */
    private static long[] classBytes() {
        LongStream.Builder sizes =
                LongStream.builder().add(64).add(128).add(192).add(256);
        for (long power = 256; power < MAX_BYTES; power *= 2) {
            int steps = power < COARSE_BYTES ? 4 : 16;
            for (int step = 1; step <= steps; step++) {
                sizes.add(power + power / steps * step);
            }
        }
        return sizes.build().toArray();
    }
}
