package dev.lamina.saving;

import dev.lamina.data.NpyFormat;
import dev.lamina.tensor.Variable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes the zip of a model file; the same model gives the same bytes. */
final class ArchiveWriter {
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private ArchiveWriter() {}

    /** What a file holds beside the arrays. */
    record Header(String version, String className, Optional<String> config, List<StoredWeight> weights) {}

    /** Writes everything; the variables are copied to the host one at a time. */
    static void write(OutputStream out, Header header, List<Variable> variables) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out);
        text(
                zip,
                ArchiveNames.METADATA,
                Json.write(Map.of(
                        "format", ArchiveNames.FORMAT, "version", header.version(), "class_name", header.className())));
        if (header.config().isPresent()) {
            text(zip, ArchiveNames.CONFIG, header.config().get());
        }
        List<Map<String, Object>> list = new ArrayList<>();
        for (StoredWeight weight : header.weights()) {
            list.add(weight.toJson(list.size()));
        }
        text(zip, ArchiveNames.WEIGHTS, Json.write(Map.of("weights", list)));
        // Weights hardly shrink, and stored ones are read and written faster.
        zip.setLevel(Deflater.NO_COMPRESSION);
        for (int i = 0; i < variables.size(); i++) {
            begin(zip, ArchiveNames.array(i));
            NpyFormat.write(zip, StoredWeight.encode(variables.get(i).toHost()));
            zip.closeEntry();
        }
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
