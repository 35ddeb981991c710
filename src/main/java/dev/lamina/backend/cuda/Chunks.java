package dev.lamina.backend.cuda;

/** How long sums are cut up: by their length alone, so that their bits depend on nothing else. */
final class Chunks {
    private static final long LONG_ROW = 65536;
    private static final long ROW_CHUNK = 16384;
    private static final long LONG_COLUMN = 512;
    private static final long COLUMN_CHUNK = 256;
    private static final long MOST_CHUNKS = 1024;

    private Chunks() {}

    /** The chunk for so many elements that lie one behind the other. */
    static long ofRow(long count) {
        return count > LONG_ROW ? ROW_CHUNK : Math.max(1, count);
    }

    /** The chunk for so many elements of a column. */
    static long ofColumn(long count) {
        return count > LONG_COLUMN ? Math.max(COLUMN_CHUNK, Math.ceilDiv(count, MOST_CHUNKS)) : Math.max(1, count);
    }
}
