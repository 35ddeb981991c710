package dev.lamina.saving;

import dev.lamina.data.NpyFormat;
import dev.lamina.errors.DataException;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.HostArray;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Reads the zip of a model file and trusts nothing in it: entries are known ones, each once; what is read is bounded by
 * what the file declares, and that by what a file of its size can hold; checksums are checked. Every failure is a
 * {@link ModelFormatException}.
 */
final class ArchiveReader implements AutoCloseable {
    private static final int MAX_ENTRIES = 1 << 20;
    private static final int MAX_JSON_BYTES = 8 << 20;
    private static final int MAX_NPY_HEADER_BYTES = 1 << 17;
    /** Deflate packs at most 1,032 bytes into one. */
    private static final long DEFLATE_LIMIT = 1032;

    private final Path file;
    private final ZipFile zip;
    private final long fileBytes;
    private final Map<String, ZipEntry> entries = new HashMap<>();
    private final Map<String, Object> metadata;
    private final List<StoredWeight> weights;

    private ArchiveReader(Path file, ZipFile zip, long fileBytes) {
        this.file = file;
        this.zip = zip;
        this.fileBytes = fileBytes;
        index();
        metadata = Json.readObject(json(ArchiveNames.METADATA), name(ArchiveNames.METADATA));
        String format = Json.text(metadata, "format", name(ArchiveNames.METADATA));
        if (!format.equals(ArchiveNames.FORMAT)) {
            throw new ModelFormatException("[load] expected a file of the format " + ArchiveNames.FORMAT + "; received "
                    + Json.shown(format) + " in " + file + ". Use the version of Lamina that wrote it.");
        }
        weights = readWeightList();
    }

    static ArchiveReader open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ModelFormatException("[load] expected a model file; received " + file + ", which "
                    + (Files.exists(file) ? "is no regular file." : "does not exist.") + " Check the path.");
        }
        ZipFile zip;
        long bytes;
        try {
            bytes = Files.size(file);
            zip = new ZipFile(file.toFile());
        } catch (IOException | IllegalArgumentException e) {
            throw new ModelFormatException(
                    "[load] expected a model file that Lamina wrote; received " + file
                            + ", which can't be read as a zip: " + e.getMessage()
                            + ". The file is truncated, damaged or of another kind.",
                    e);
        }
        try {
            return new ArchiveReader(file, zip, bytes);
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
                throw malformed("only entries of a model file", "\"" + Json.shown(entry.getName()) + "\"");
            }
            if (entries.put(entry.getName(), entry) != null) {
                throw malformed("each entry once", "a second \"" + entry.getName() + "\"");
            }
        }
    }

    private List<StoredWeight> readWeightList() {
        String name = name(ArchiveNames.WEIGHTS);
        List<?> list = Json.list(Json.readObject(json(ArchiveNames.WEIGHTS), name), "weights", name);
        List<StoredWeight> read = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            StoredWeight weight = StoredWeight.fromJson(list.get(i), i, name);
            ZipEntry entry = entry(ArchiveNames.array(i));
            long bytes = weight.spec().bytes();
            if (bytes > fileBytes * DEFLATE_LIMIT || entry.getSize() > bytes + MAX_NPY_HEADER_BYTES) {
                throw malformed(
                        "as many bytes for weight " + i + " (" + Json.shown(weight.path()) + ") as " + weight.spec()
                                + " takes",
                        "a file of " + fileBytes + " bytes with an entry of " + entry.getSize());
            }
            read.add(weight);
        }
        long arrays = entries.keySet().stream().filter(ArchiveNames::isArray).count();
        if (arrays != read.size()) {
            throw malformed(
                    "the " + read.size() + " arrays that " + ArchiveNames.WEIGHTS + " lists", arrays + " arrays");
        }
        return read;
    }

    String text(String key) {
        return Json.text(metadata, key, name(ArchiveNames.METADATA));
    }

    /** What weights.json lists. */
    List<StoredWeight> weights() {
        return Collections.unmodifiableList(weights);
    }

    boolean hasConfig() {
        return entries.containsKey(ArchiveNames.CONFIG);
    }

    Optional<Map<String, Object>> config() {
        return hasConfig()
                ? Optional.of(Json.readObject(json(ArchiveNames.CONFIG), name(ArchiveNames.CONFIG)))
                : Optional.empty();
    }

    HostArray array(int index) {
        StoredWeight weight = weights.get(index);
        String name = ArchiveNames.array(index);
        ZipEntry entry = entry(name);
        try (InputStream in = zip.getInputStream(entry);
                CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
                InputStream bounded = new Bounded(checked, weight.spec().bytes() + MAX_NPY_HEADER_BYTES)) {
            HostArray array = NpyFormat.read(bounded);
            if (bounded.read() != -1) {
                throw malformed("nothing behind the array in " + name, "more bytes");
            }
            checkSum(name, entry, checked);
            if (!array.spec().equals(weight.encodedSpec())) {
                throw malformed(
                        weight.encodedSpec() + " in " + name, array.spec().toString());
            }
            return weight.decode(array);
        } catch (DataException | IOException e) {
            throw unreadable(name, e);
        }
    }

    private String json(String name) {
        ZipEntry entry = entry(name);
        try (InputStream in = zip.getInputStream(entry);
                CheckedInputStream checked = new CheckedInputStream(in, new CRC32())) {
            byte[] bytes = checked.readNBytes(MAX_JSON_BYTES + 1);
            if (bytes.length > MAX_JSON_BYTES) {
                throw malformed("at most " + MAX_JSON_BYTES + " bytes in " + name, "more");
            }
            checkSum(name, entry, checked);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private void checkSum(String name, ZipEntry entry, CheckedInputStream read) {
        if (read.getChecksum().getValue() != entry.getCrc()) {
            throw malformed("the checksum that the zip holds for " + name, "another one");
        }
    }

    private ZipEntry entry(String name) {
        @Nullable ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw malformed("an entry \"" + name + "\"", "none");
        }
        return entry;
    }

    private String name(String entry) {
        return entry + " of " + file;
    }

    /** An error about this file. */
    ModelFormatException malformed(String expected, String received) {
        return new ModelFormatException("[load] expected " + expected + " in " + file + "; received " + received
                + ". The file is damaged or was not written by Lamina.");
    }

    private ModelFormatException unreadable(String entry, Exception cause) {
        return new ModelFormatException(
                "[load] expected to read " + name(entry) + "; received " + cause.getMessage()
                        + ". The file is damaged or was not written by Lamina.",
                cause);
    }

    @Override
    public void close() {
        close(zip);
    }

    private static void close(ZipFile zip) {
        try {
            zip.close();
        } catch (IOException e) {
            throw new ModelFormatException("[load] expected to close " + zip.getName() + "; received " + e + ".", e);
        }
    }

    /** Ends with an error after so many bytes. */
    private static final class Bounded extends FilterInputStream {
        private long left;

        Bounded(InputStream in, long limit) {
            super(in);
            left = limit;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            return count(value == -1 ? -1 : 1) == -1 ? -1 : value;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return (int) count(in.read(bytes, offset, length));
        }

        @Override
        public long skip(long n) throws IOException {
            return count(in.skip(n));
        }

        private long count(long read) throws IOException {
            left -= Math.max(0, read);
            if (left < 0) {
                throw new IOException("more bytes than the file declares");
            }
            return read;
        }
    }
}
