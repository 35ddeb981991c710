package dev.lamina.backend.cpu;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory from few large mappings, for which Linux is asked to use huge pages: a core finds an address of a page of 4
 * KiB in its tables for some 6 MiB only, and a step of a network of half a million weights reads and writes more than
 * that. Thread-safe.
 */
final class MappedMemory {
    /** A huge page. Memory is given back to the system in such pieces. */
    static final long PAGE = 2L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(MappedMemory.class);

    /** The addresses that a mapping takes at least; its pages take memory once they are used. */
    private static final long MAPPING = 64L << 20;

    private static final int READ_AND_WRITE = 1 | 2;
    private static final int PRIVATE_AND_ANONYMOUS = 0x2 | 0x20;
    private static final int DONTNEED = 4;
    private static final int HUGEPAGE = 14;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;

    /** That of this process. Empty but on Linux, and with {@code -Ddev.lamina.cpu.hugePages=off}. */
    static final Optional<MappedMemory> OF_PROCESS = make();

    private final MethodHandle map;
    private final MethodHandle advise;

    /** Where free ranges begin and how long they are; no two touch. */
    private final NavigableMap<Long, Long> free = new TreeMap<>();

    private MappedMemory(MethodHandle map, MethodHandle advise) {
        this.map = map;
        this.advise = advise;
    }

    /** One that holds nothing yet. */
    static Optional<MappedMemory> make() {
        if (!System.getProperty("os.name").equals("Linux")
                || System.getProperty("dev.lamina.cpu.hugePages", "on").equals("off")) {
            return Optional.empty();
        }
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> map = linker.defaultLookup().find("mmap");
        Optional<MemorySegment> advise = linker.defaultLookup().find("madvise");
        if (map.isEmpty() || advise.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new MappedMemory(
                linker.downcallHandle(map.get(), FunctionDescriptor.of(ADDRESS, ADDRESS, LONG, INT, INT, INT, LONG)),
                linker.downcallHandle(advise.get(), FunctionDescriptor.of(INT, ADDRESS, LONG, INT))));
    }

    /**
     * Memory that is free again when the arena is closed. What is in it is not defined.
     *
     * @param bytes a multiple of {@link CpuAllocator#ALIGNMENT}, to which the memory is aligned
     * @return empty if the system has no more
     */
    synchronized Optional<MemorySegment> take(Arena arena, long bytes) {
        Optional<Map.Entry<Long, Long>> fits = firstFit(bytes);
        if (fits.isEmpty()) {
            if (!map(Math.max(MAPPING, roundUp(bytes)))) {
                return Optional.empty();
            }
            fits = firstFit(bytes);
        }
        Map.Entry<Long, Long> range = fits.orElseThrow();
        long begin = range.getKey();
        long left = range.getValue() - bytes;
        free.remove(begin);
        if (left > 0) {
            free.put(begin + bytes, left);
        }
        return Optional.of(
                MemorySegment.ofAddress(begin).reinterpret(bytes, arena, memory -> give(memory.address(), bytes)));
    }

    /** The first of the free ranges that are long enough. */
    private Optional<Map.Entry<Long, Long>> firstFit(long bytes) {
        return free.entrySet().stream()
                .filter(range -> range.getValue() >= bytes)
                .findFirst();
    }

    /** Maps so many bytes more, a multiple of {@link #PAGE}, beginning at one. */
    private boolean map(long bytes) {
        long begin;
        try {
            MemorySegment mapped = (MemorySegment)
                    map.invokeExact(MemorySegment.NULL, bytes + PAGE, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS, -1, 0L);
            if (mapped.address() == -1) {
                return false;
            }
            begin = roundUp(mapped.address());
            if (advise(begin, bytes, HUGEPAGE) != 0) {
                LOG.debug("[cpu] the system has no huge pages");
            }
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
        insert(begin, bytes);
        return true;
    }

    private int advise(long begin, long bytes, int advice) {
        try {
            return (int) advise.invokeExact(MemorySegment.ofAddress(begin), bytes, advice);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }

    /** Lets the system have the pages back that are wholly free now. */
    private synchronized void give(long begin, long bytes) {
        Map.Entry<Long, Long> all = insert(begin, bytes);
        long first = Math.max(roundUp(all.getKey()), begin / PAGE * PAGE);
        long last = Math.min((all.getKey() + all.getValue()) / PAGE * PAGE, roundUp(begin + bytes));
        if (first < last) {
            advise(first, last - first, DONTNEED);
        }
    }

    /** Adds a free range; the one that it now belongs to. */
    private Map.Entry<Long, Long> insert(long begin, long bytes) {
        long from = begin;
        long length = bytes;
        Map.Entry<Long, Long> before = free.lowerEntry(begin);
        if (before != null && before.getKey() + before.getValue() == begin) {
            from = before.getKey();
            length += before.getValue();
        }
        Long after = free.remove(begin + bytes);
        if (after != null) {
            length += after;
        }
        free.put(from, length);
        return Map.entry(from, length);
    }

    private static long roundUp(long bytes) {
        return (bytes + PAGE - 1) / PAGE * PAGE;
    }
}
