package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MalformedFileTest {
    @TempDir
    Path folder;

    private Path file;
    private Map<String, byte[]> entries;

    @BeforeEach
    void writeAGoodFile() throws IOException {
        file = folder.resolve("model.keras");
        try (Sequential model = SmallModels.built(5)) {
            model.save(file);
        }
        entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
    }

    private void rewrite() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
            zip.finish();
            Files.write(file, bytes.toByteArray());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void replace(String name, String from, String to) {
        String text = new String(entries.get(name), StandardCharsets.UTF_8);
        assertThat(text).contains(from);
        entries.put(name, text.replace(from, to).getBytes(StandardCharsets.UTF_8));
        rewrite();
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> Model.load(file).close())
                .isInstanceOf(ModelFormatException.class)
                .message()
                .contains(parts);
    }

    @Test
    void theRewrittenFileLoads() {
        rewrite();
        Model.load(file).close();
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused("model.keras");
        }
    }

    @Test
    void changedBytesAreRefusedOrHarmless() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int refused = 0;
        for (int at = 0; at < whole.length; at += 13) {
            byte[] changed = whole.clone();
            changed[at] ^= 0x55;
            Files.write(file, changed);
            try {
                Model.load(file).close();
            } catch (ModelFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length / 13 / 2);
    }

    @Test
    void noZip() throws IOException {
        Files.writeString(file, "This is not a zip.");
        assertRefused("expected a HDF5 file in ", "No valid HDF5 signature found");
    }

    @Test
    void missingFileAndFolder() {
        assertThatThrownBy(() -> Model.load(folder.resolve("none")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> Model.load(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("is no regular file");
    }

    @Test
    void unknownAndEscapingNames() {
        entries.put("../../evil.h5", new byte[1]);
        rewrite();
        assertRefused("expected only entries of a .keras file", "../../evil.h5");
    }

    @Test
    void classNamesAreNotLoaded() {
        replace("config.json", "\"class_name\":\"Dropout\"", "\"class_name\":\"java.lang.Runtime\"");
        assertRefused("java.lang.Runtime", "LayerRegistry.register");
    }

    @Test
    void missingEntries() {
        for (String name : new String[] {"metadata.json", "config.json", "model.weights.h5"}) {
            byte[] removed = entries.remove(name);
            rewrite();
            assertRefused("expected an entry \"" + name + "\"");
            entries.put(name, removed);
        }
    }

    @Test
    void duplicateEntry() throws IOException {
        entries.put("assets/9.weights.h5", entries.get("model.weights.h5"));
        entries.put("assets/8.weights.h5", entries.get("model.weights.h5"));
        rewrite();
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(
                file, text.replace("assets/9.weights.h5", "assets/8.weights.h5").getBytes(StandardCharsets.ISO_8859_1));
        assertRefused("expected each entry once", "assets/8.weights.h5");
    }

    @Test
    void brokenJson() {
        entries.put("config.json", "{\"weights\": [".getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("expected JSON in config.json");
        entries.put("config.json", "[".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("config.json");
        entries.put("config.json", "null".getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("expected an object in config.json");
    }

    @Test
    void bombsAreNotUnpacked() {
        entries.put("config.json", new byte[200 << 20]);
        rewrite();
        assertRefused("expected at most 33554432 bytes in config.json");
        entries.put("config.json", "{}".getBytes(StandardCharsets.UTF_8));
        entries.put("model.weights.h5", new byte[200 << 20]);
        rewrite();
        assertThatThrownBy(() -> KerasFile.contents(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected weights that are packed at most 100 to 1");
    }

    @Test
    void absurdConfig() {
        replace("config.json", "\"units\":5", "\"units\":-5");
        assertRefused("expected a config that a model can be built from");
    }

    /** A small file that asks for a large model gets no memory for it. */
    @Test
    void configOfALargerModel() {
        long allocations = Backends.current().statistics().allocations();
        replace("config.json", "\"units\":5", "\"units\":2000000000");
        assertRefused("differences", "layers/dense/vars/0");
        replace("config.json", "\"units\":2000000000", "\"units\":20000000");
        assertRefused("differences", "layers/dense/vars/0");
        assertThat(Backends.current().statistics().allocations()).isEqualTo(allocations);
    }

    @Test
    void configOfAnotherModel() {
        replace("config.json", "\"units\":5", "\"units\":6");
        assertRefused("differences", "layers/dense/vars/0");
    }

    @Test
    void weightsOfAnotherKind() {
        entries.put("model.weights.h5", "no HDF5".getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("expected a HDF5 file in model.weights.h5 of ");
    }

    @Test
    void linksToOtherFilesAreRefused() throws IOException {
        assertThatThrownBy(() -> Hdf5Reader.open(resource("external_link.h5")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected no links to other places or files")
                .hasMessageContaining("received the link \"layers/dense/vars\"");
        assertThatThrownBy(() -> Hdf5Reader.open(resource("soft_link.h5")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("received the link \"layers/dense/vars\"");
        assertThatThrownBy(() -> Hdf5Reader.open(resource("hard_link_cycle.h5")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected groups inside groups");
        assertThatThrownBy(() -> Hdf5Reader.open(resource("external_data.h5")).array("x"))
                .isInstanceOf(ModelFormatException.class);
    }

    private static Path resource(String name) {
        return DamagedFileTest.resource(name);
    }
}
