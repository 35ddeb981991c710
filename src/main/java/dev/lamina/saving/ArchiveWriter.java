package dev.lamina.saving;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes the zip of a .keras file. */
final class ArchiveWriter {
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd@HH:mm:ss");

    private ArchiveWriter() {}

    /** Writes everything; the variables are copied to the host one at a time. */
    static void write(OutputStream out, String config, Hdf5Writer weights) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out);
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("keras_version", ArchiveNames.KERAS_VERSION);
        metadata.put("date_saved", DATE.format(LocalDateTime.now(ZoneId.systemDefault())));
        text(zip, ArchiveNames.METADATA, Json.write(metadata));
        text(zip, ArchiveNames.CONFIG, config);
        // Weights hardly shrink, and stored ones are read and written faster.
        zip.setLevel(Deflater.NO_COMPRESSION);
        begin(zip, ArchiveNames.WEIGHTS);
        weights.writeTo(zip);
        zip.closeEntry();
        zip.finish();
    }

    private static void text(ZipOutputStream zip, String name, String text) throws IOException {
        begin(zip, name);
        zip.write(text.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    private static void begin(ZipOutputStream zip, String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        zip.putNextEntry(entry);
    }
}
