package dev.lamina.cli.bench;

import dev.lamina.backend.Backends;

/**
 * How large the cases are that say something about a GPU: as named, or smaller where that much memory is not there, or
 * where they are only tried. The cases of bench/peers are what they are everywhere.
 */
final class BenchSizes {
    /** The part of the free memory that a case may take. */
    private static final double PART = 0.8;

    private final int shrink;
    private boolean reduced;

    /** @param shrink what large sizes are divided by */
    BenchSizes(int shrink) {
        this.shrink = shrink;
    }

    /** A size, divided where the cases are only tried; at least 1. */
    int of(int full) {
        return Math.max(1, full / shrink);
    }

    /** A size, halved until so many bytes for each fit the device. */
    int fit(int wanted, long bytesEach) {
        double free = PART * Backends.current().availableBytes();
        int size = wanted;
        while (size > 1 && (double) size * bytesEach > free) {
            size /= 2;
            reduced = true;
        }
        return size;
    }

    int shrink() {
        return shrink;
    }

    /** Whether memory was too short for a size. */
    boolean isReduced() {
        return reduced;
    }
}
