package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
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
        file = folder.resolve("model.lamina");
        try (Sequential model = Models.built(5)) {
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
        assertThatThrownBy(() -> LaminaFile.load(file).close())
                .isInstanceOf(ModelFormatException.class)
                .message()
                .contains(parts);
    }

    @Test
    void theRewrittenFileLoads() {
        rewrite();
        LaminaFile.load(file).close();
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertRefused("model.lamina");
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
                LaminaFile.load(file).close();
            } catch (ModelFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length / 13 / 2);
    }

    @Test
    void changedWeightFailsItsChecksum() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        byte[] array = entries.get("weights/0.npy");
        int at = Collections.indexOfSubList(list(whole), list(Arrays.copyOfRange(array, 128, array.length)));
        assertThat(at).isPositive();
        whole[at + 1] ^= 1;
        Files.write(file, whole);
        assertRefused("the checksum that the zip holds for weights/0.npy");
    }

    private static java.util.List<Byte> list(byte[] bytes) {
        java.util.List<Byte> list = new java.util.ArrayList<>();
        for (byte value : bytes) {
            list.add(value);
        }
        return list;
    }

    @Test
    void noZip() throws IOException {
        Files.writeString(file, "This is not a zip.");
        assertRefused("can't be read as a zip");
    }

    @Test
    void missingFileAndFolder() {
        assertThatThrownBy(() -> LaminaFile.load(folder.resolve("none")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> LaminaFile.load(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("is no regular file");
    }

    @Test
    void missingEntries() {
        for (String name : new String[] {"metadata.json", "weights.json", "weights/3.npy"}) {
            byte[] removed = entries.remove(name);
            rewrite();
            assertRefused("expected an entry \"" + name + "\"");
            entries.put(name, removed);
        }
    }

    @Test
    void unknownAndEscapingNames() {
        entries.put("../../evil.npy", new byte[1]);
        rewrite();
        assertRefused("expected only entries of a model file", "../../evil.npy");
    }

    @Test
    void duplicateEntry() throws IOException {
        entries.put("weights/9.npy", entries.get("weights/0.npy"));
        rewrite();
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(file, text.replace("weights/9.npy", "weights/0.npy").getBytes(StandardCharsets.ISO_8859_1));
        assertRefused("expected each entry once", "weights/0.npy");
    }

    @Test
    void moreArraysThanListed() {
        entries.put("weights/9.npy", entries.get("weights/0.npy"));
        rewrite();
        assertRefused("expected the 9 arrays that weights.json lists");
    }

    @Test
    void brokenJson() {
        entries.put("weights.json", "{\"weights\": [".getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("expected JSON in weights.json");
        entries.put("weights.json", "[".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("weights.json");
        entries.put("weights.json", "null".getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("expected an object in weights.json");
    }

    @Test
    void hugeJsonIsNotReadWhole() {
        entries.put("config.json", new byte[200 << 20]);
        rewrite();
        assertRefused("expected at most 8388608 bytes in config.json");
    }

    @Test
    void absurdSizes() {
        replace("weights.json", "\"dtype\": \"int64\"", "\"dtype\": \"int63\"");
        assertRefused("int63");
    }

    @Test
    void sizesBeyondTheFile() {
        entries.put(
                "weights.json",
                "{\"weights\":[{\"index\":0,\"path\":\"a\",\"shape\":[1000000000,1000000000],\"dtype\":\"float32\"}]}"
                        .getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("float32 (1000000000, 1000000000)");
        entries.put(
                "weights.json",
                "{\"weights\":[{\"index\":0,\"path\":\"a\",\"shape\":[2000000000,2000000000,9],\"dtype\":\"float32\"}]}"
                        .getBytes(StandardCharsets.UTF_8));
        rewrite();
        assertRefused("less than 2^63 bytes");
    }

    @Test
    void arrayLargerThanDeclared() {
        entries.put("weights/0.npy", Arrays.copyOf(entries.get("weights/0.npy"), 200 << 20));
        rewrite();
        assertRefused("weight 0 (dense/kernel)");
    }

    @Test
    void arrayOfAnotherShape() {
        entries.put("weights/0.npy", entries.get("weights/1.npy"));
        rewrite();
        assertRefused("expected float32 (4, 5) in weights/0.npy", "received float32 (5,)");
    }

    @Test
    void unknownFormat() {
        replace("metadata.json", "lamina/1", "lamina/9");
        assertRefused("expected a file of the format lamina/1", "lamina/9");
    }

    @Test
    void classNamesAreNotLoaded() {
        replace("config.json", "\"class_name\": \"Dropout\"", "\"class_name\": \"java.lang.Runtime\"");
        assertRefused("java.lang.Runtime", "LayerRegistry.register");
    }

    @Test
    void absurdConfig() {
        replace("config.json", "\"units\": 5", "\"units\": 2000000000");
        assertRefused("expected a config that a model can be built from");
    }

    @Test
    void configOfAnotherModel() {
        replace("config.json", "\"units\": 5", "\"units\": 6");
        assertRefused("differences", "dense/kernel");
    }
}
