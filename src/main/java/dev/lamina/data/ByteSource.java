package dev.lamina.data;

import dev.lamina.errors.DataException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The bytes of one file, unpacked if they are gzip. Reads exactly what a header declares, never allocates far beyond
 * what the file can hold, and turns every failure into a {@link DataException} that names the reader and the file.
 */
final class ByteSource implements AutoCloseable {
    /** Sizes up to this many bytes are allocated at once, larger ones of unproven size as the bytes arrive. */
    private static final long FIRST_ALLOCATION = 64L << 20;

    private static final int CHUNK = 1 << 20;
    /** Deflate packs at most 1,032 bytes into one. */
    private static final long DEFLATE_LIMIT = 1032;

    private final InputStream in;
    private final String where;
    private final String name;
    private final long limit;
    private final boolean exact;
    private final boolean owned;
    private long position;

    /**
     * @param limit the most bytes that can come
     * @param exact whether that many bytes will come
     * @param owned whether closing this closes the stream
     */
    private ByteSource(InputStream in, String where, String name, long limit, boolean exact, boolean owned) {
        this.in = in;
        this.where = where;
        this.name = name;
        this.limit = limit;
        this.exact = exact;
        this.owned = owned;
    }

    /** The bytes of a file, unpacked if it starts with gzip's magic. */
    static ByteSource open(String where, Path file) {
        if (Files.isDirectory(file)) {
            throw new DataException(
                    "[" + where + "] expected a file; received the folder " + file + ". Name a file inside it.");
        }
        try {
            long size = Files.isRegularFile(file) ? Files.size(file) : Long.MAX_VALUE;
            // Held by the source, whose close closes it.
            BufferedInputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
            try {
                if (!isGzip(raw)) {
                    return new ByteSource(raw, where, file.toString(), size, size != Long.MAX_VALUE, true);
                }
                long limit = size > Long.MAX_VALUE / DEFLATE_LIMIT ? Long.MAX_VALUE : size * DEFLATE_LIMIT;
                return new ByteSource(new GZIPInputStream(raw, 1 << 16), where, file.toString(), limit, false, true);
            } catch (IOException e) {
                raw.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(where, file.toString(), e);
        }
    }

    /** The bytes of a stream as they are; closing the source leaves the stream open. */
    static ByteSource of(String where, String name, InputStream in) {
        return new ByteSource(in, where, name, Long.MAX_VALUE, false, false);
    }

    private static boolean isGzip(BufferedInputStream in) throws IOException {
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return gzip;
    }

    /** The file's name, for messages. */
    String name() {
        return name;
    }

    /** The stream itself, for readers of text. */
    InputStream stream() {
        return in;
    }

    /** Exactly {@code count} bytes of a header. */
    byte[] header(int count, String what) {
        try {
            byte[] bytes = in.readNBytes(count);
            if (bytes.length < count) {
                throw truncated(count, what, bytes.length);
            }
            position += count;
            return bytes;
        } catch (IOException e) {
            throw unreadable(where, name, e);
        }
    }

    /** Exactly {@code count} bytes of data, off the heap. */
    MemorySegment body(long count, String what) {
        if (count > limit - position) {
            throw exact
                    ? truncated(count, what, limit - position)
                    : new DataException("[" + where + "] expected " + count + " bytes for " + what + " in " + name
                            + "; received a gzip file that can hold at most " + (limit - position)
                            + ". The file is malformed: copy or download it again.");
        }
        long capacity = exact ? count : Math.min(count, FIRST_ALLOCATION);
        MemorySegment data = allocate(capacity);
        byte[] chunk = new byte[(int) Math.min(count, CHUNK)];
        long done = 0;
        try {
            while (done < count) {
                int read = in.read(chunk, 0, (int) Math.min(count - done, chunk.length));
                if (read < 0) {
                    throw truncated(count, what, done);
                }
                if (done + read > data.byteSize()) {
                    data = allocate(Math.min(count, 2 * data.byteSize())).copyFrom(data);
                }
                MemorySegment.copy(MemorySegment.ofArray(chunk), 0, data, done, read);
                done += read;
            }
        } catch (EOFException e) {
            throw truncated(count, what, done);
        } catch (IOException e) {
            throw unreadable(where, name, e);
        }
        position += count;
        return data;
    }

    private static MemorySegment allocate(long bytes) {
        return Arena.ofAuto().allocate(Math.max(1, bytes), 64).asSlice(0, bytes);
    }

    /** Fails unless all bytes were read. */
    void expectEnd() {
        try {
            if (in.read() >= 0) {
                throw new DataException("[" + where + "] expected " + name + " to end after " + position
                        + " bytes, as its header says; received "
                        + (exact ? (limit - position) + " more" : "more")
                        + ". The file is malformed: copy or download it again.");
            }
        } catch (IOException e) {
            throw unreadable(where, name, e);
        }
    }

    private DataException truncated(long count, String what, long received) {
        return new DataException("[" + where + "] expected " + count + " bytes for " + what + " in " + name
                + "; received " + received + " before the end. The file is truncated: copy or download it again.");
    }

    /** The exception for a file that can't be read. */
    static DataException unreadable(String where, String name, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new DataException(
                    "[" + where + "] expected the file " + name
                            + "; received nothing: it does not exist. Check the path.",
                    e);
        }
        if (e instanceof EOFException || e instanceof ZipException) {
            return new DataException(
                    "[" + where + "] expected " + name + " to be whole; received damaged gzip data (" + e.getMessage()
                            + "). Copy or download it again.",
                    e);
        }
        return new DataException(
                "[" + where + "] expected to read " + name + "; received "
                        + e.getClass().getSimpleName() + ": " + e.getMessage()
                        + ". Check the file and its permissions.",
                e);
    }

    @Override
    public void close() {
        if (!owned) {
            return;
        }
        try {
            in.close();
        } catch (IOException e) {
            throw unreadable(where, name, e);
        }
    }
}
