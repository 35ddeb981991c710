package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrays by name in a safetensors file. */
final class SafeTensorsTest {
    private final SafeTensors format = new SafeTensors();

    @TempDir
    private Path folder;

    private static Map<String, HostArray> arrays() {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            arrays.put("a/" + dtype, HostArray.zeros(Shape.of(3, 2), dtype).fill(i -> i % 2));
        }
        arrays.put("scalar", HostArray.of(new long[] {-7}).reshape());
        arrays.put("empty", HostArray.zeros(Shape.of(0, 4), DType.FLOAT32));
        return arrays;
    }

    @Test
    void whatIsWrittenIsRead() {
        Path file = folder.resolve("a.safetensors");
        format.write(arrays(), file);

        Map<String, HostArray> read = format.read(file);

        assertThat(read.keySet()).containsExactlyInAnyOrderElementsOf(arrays().keySet());
        arrays().forEach((name, array) -> {
            assertThat(read.get(name).spec()).as(name).isEqualTo(array.spec());
            assertThat(read.get(name).data().mismatch(array.data())).as(name).isEqualTo(-1);
        });
    }

    @Test
    void theBytesOfASmallFile() throws IOException {
        Path file = folder.resolve("b.safetensors");
        format.write(Map.of("w", HostArray.of(new int[] {1, -1})), file);

        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) in.getLong()];
        in.get(header);
        assertThat(header.length % 8).isZero();
        assertThat(new String(header, StandardCharsets.UTF_8).replaceAll("\\s", ""))
                .isEqualTo("{\"w\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[0,8]}}");
        assertThat(in.getInt()).isEqualTo(1);
        assertThat(in.getInt()).isEqualTo(-1);
        assertThat(in.hasRemaining()).isFalse();
    }

    private void assertRefused(String json, int bytes, String message) throws IOException {
        Path file = folder.resolve("c.safetensors");
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        Files.write(
                file,
                ByteBuffer.allocate(8 + header.length + bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length)
                        .put(header)
                        .array());
        assertThatThrownBy(() -> format.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void headersThatLie() throws IOException {
        assertRefused(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "expected 8 bytes of arrays");
        assertRefused("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "at byte 0");
        assertRefused("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "received bytes 0 to 8");
        assertRefused("{\"w\":{\"dtype\":\"F8\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8, "received \"F8\"");
        assertRefused(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "expected a whole number");
        assertRefused(
                "{\"w\":{\"dtype\":\"F64\",\"shape\":[2147483647,2147483647,9],\"data_offsets\":[0,8]}}",
                8,
                "expected a shape that memory can hold");
        assertRefused("[]", 0, "expected a header that begins with {");
        assertRefused("{\"w\":3}", 0, "expected an object");
    }

    @Test
    void truncatedAndDamagedFiles() throws IOException {
        Path file = folder.resolve("d.safetensors");
        format.write(arrays(), file);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 1 + length / 7) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> format.read(file)).as("%d bytes", length).isInstanceOf(ModelFormatException.class);
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(200)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            try {
                format.read(file);
            } catch (ModelFormatException expected) {
                assertThat(expected).as("seed %d", seed).hasMessageStartingWith("[");
            }
        }
    }
}
