package dev.lamina.graph;

import java.util.Map;
import java.util.TreeMap;

/**
 * Hands out offsets of an arena that grows as needed: first the free range that fits best, then the end. Freed ranges
 * join their neighbours.
 */
final class ArenaLayout {
    private final TreeMap<Long, Long> free = new TreeMap<>();
    private long end;

    /** The offset of a new range; sizes are rounded up to the alignment. */
    long take(long bytes) {
        long size = rounded(bytes);
        Map.Entry<Long, Long> best = null;
        for (Map.Entry<Long, Long> range : free.entrySet()) {
            if (range.getValue() >= size && (best == null || range.getValue() < best.getValue())) {
                best = range;
            }
        }
        if (best == null) {
            long offset = end;
            end += size;
            return offset;
        }
        long offset = best.getKey();
        long left = best.getValue() - size;
        free.remove(offset);
        if (left > 0) {
            free.put(offset + size, left);
        }
        return offset;
    }

    void giveBack(long offset, long bytes) {
        long start = offset;
        long size = rounded(bytes);
        Map.Entry<Long, Long> before = free.lowerEntry(offset);
        if (before != null && before.getKey() + before.getValue() == offset) {
            free.remove(before.getKey());
            start = before.getKey();
            size += before.getValue();
        }
        Long after = free.remove(start + size);
        free.put(start, after == null ? size : size + after);
    }

    /** The bytes handed out at most at one time. */
    long size() {
        return end;
    }

    private static long rounded(long bytes) {
        return Math.max(Plan.ALIGNMENT, Math.ceilDiv(bytes, Plan.ALIGNMENT) * Plan.ALIGNMENT);
    }
}
