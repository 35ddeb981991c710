package dev.lamina.saving;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Reads the zip of a .keras file and trusts nothing in it: entries are known ones, each once; what is read is bounded
 * by what the file declares, and that by what a file of its size can hold; checksums are checked. Every failure is a
 * {@link ModelFormatException}.
 */
final class ArchiveReader implements AutoCloseable {
    private static final int MAX_ENTRIES = 1 << 16;
    private static final int MAX_JSON_BYTES = 1 << 25;
    /** Weights up to this size are read into memory, larger ones into a temporary file. */
    private static final long MAX_IN_MEMORY = 1 << 28;

    private final Path file;
    private final ZipFile zip;
    private final Map<String, ZipEntry> entries = new HashMap<>();
    private final Map<String, Object> metadata;
    private Optional<Path> extracted = Optional.empty();

    private ArchiveReader(Path file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
        index();
        metadata = Json.readObject(json(ArchiveNames.METADATA), name(ArchiveNames.METADATA));
    }

    static ArchiveReader open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ModelFormatException("[load] expected a model file; received " + file + ", which "
                    + (Files.exists(file) ? "is no regular file." : "does not exist.") + " Check the path.");
        }
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile());
        } catch (IOException | IllegalArgumentException e) {
            throw new ModelFormatException(
                    "[load] expected a .keras file; received " + file + ", which can't be read as a zip: "
                            + e.getMessage() + ". The file is truncated, damaged or of another kind.",
                    e);
        }
        try {
            return new ArchiveReader(file, zip);
        } catch (RuntimeException | Error e) {
            close(zip);
            throw e;
        }
    }

    private void index() {
        if (zip.size() > MAX_ENTRIES) {
            throw malformed("at most " + MAX_ENTRIES + " entries", Integer.toString(zip.size()));
        }
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (!ArchiveNames.isKnown(entry.getName())) {
                throw malformed("only entries of a .keras file", "\"" + Config.shown(entry.getName()) + "\"");
            }
            if (entries.put(entry.getName(), entry) != null) {
                throw malformed("each entry once", "a second \"" + entry.getName() + "\"");
            }
        }
    }

    /** The version of Keras that wrote the file, or whose form it has. */
    String kerasVersion() {
        return Json.text(metadata, "keras_version", name(ArchiveNames.METADATA));
    }

    Map<String, Object> config() {
        return Json.readObject(json(ArchiveNames.CONFIG), name(ArchiveNames.CONFIG));
    }

    /** The weights, which are open as long as this archive is. */
    Hdf5Reader weights() {
        ZipEntry entry = entry(ArchiveNames.WEIGHTS);
        long bytes = entry.getSize();
        long packed = Math.max(0, entry.getCompressedSize());
        if (bytes < 0 || bytes > Math.max(ZipLimits.FREE, packed * ZipLimits.RATIO)) {
            throw malformed(
                    "weights that are packed at most " + ZipLimits.RATIO + " to 1",
                    bytes + " bytes in " + packed + " of " + ArchiveNames.WEIGHTS);
        }
        if (bytes <= MAX_IN_MEMORY) {
            return Hdf5Reader.of(bytes(entry, (int) bytes), name(ArchiveNames.WEIGHTS));
        }
        return Hdf5Reader.open(extract(entry, bytes));
    }

    private byte[] bytes(ZipEntry entry, int limit) {
        try (InputStream in = zip.getInputStream(entry);
                CheckedInputStream checked = new CheckedInputStream(in, new CRC32())) {
            byte[] bytes = checked.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw malformed("at most " + limit + " bytes in " + entry.getName(), "more");
            }
            checkSum(entry, checked);
            return bytes;
        } catch (IOException e) {
            throw unreadable(entry.getName(), e);
        }
    }

    private Path extract(ZipEntry entry, long limit) {
        try (InputStream in = zip.getInputStream(entry);
                CheckedInputStream checked = new CheckedInputStream(in, new CRC32())) {
            Path copy = Files.createTempFile("lamina", ".weights.h5");
            extracted = Optional.of(copy);
            try (OutputStream out = Files.newOutputStream(copy)) {
                byte[] block = new byte[1 << 16];
                long total = 0;
                for (int count = checked.read(block); count > 0; count = checked.read(block)) {
                    total += count;
                    if (total > limit) {
                        throw malformed("at most " + limit + " bytes in " + entry.getName(), "more");
                    }
                    out.write(block, 0, count);
                }
            }
            checkSum(entry, checked);
            return copy;
        } catch (IOException e) {
            throw unreadable(entry.getName(), e);
        }
    }

    private String json(String name) {
        return new String(bytes(entry(name), MAX_JSON_BYTES), StandardCharsets.UTF_8);
    }

    private void checkSum(ZipEntry entry, CheckedInputStream read) {
        if (read.getChecksum().getValue() != entry.getCrc()) {
            throw malformed("the checksum that the zip holds for " + entry.getName(), "another one");
        }
    }

    private ZipEntry entry(String name) {
        @Nullable ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw malformed("an entry \"" + name + "\"", "none");
        }
        return entry;
    }

    String name(String entry) {
        return entry + " of " + file;
    }

    /** An error about this file. */
    private ModelFormatException malformed(String expected, String received) {
        return new ModelFormatException("[load] expected " + expected + " in " + file + "; received " + received
                + ". The file is damaged or is no .keras file.");
    }

    private ModelFormatException unreadable(String entry, Exception cause) {
        return new ModelFormatException(
                "[load] expected to read " + name(entry) + "; received " + cause.getMessage()
                        + ". The file is damaged or is no .keras file.",
                cause);
    }

    @Override
    public void close() {
        close(zip);
        try {
            if (extracted.isPresent()) {
                Files.deleteIfExists(extracted.get());
            }
        } catch (IOException e) {
            throw new ModelFormatException("[load] expected to remove " + extracted.get() + "; received " + e + ".", e);
        }
    }

    private static void close(ZipFile zip) {
        try {
            zip.close();
        } catch (IOException e) {
            throw new ModelFormatException("[load] expected to close " + zip.getName() + "; received " + e + ".", e);
        }
    }
}
