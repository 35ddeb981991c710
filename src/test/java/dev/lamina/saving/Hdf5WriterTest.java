package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written as HDF5 comes back, by every type and awkward shape. */
final class Hdf5WriterTest {
    private static final int[][] SHAPES = {{}, {0}, {1}, {13}, {3, 0, 2}, {2, 3, 4}, {207, 5}};

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeAndShapeComesBack(DType type) throws IOException {
        Path file = folder.resolve("a.h5");
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        Hdf5Writer writer = new Hdf5Writer();
        Random random = new Random(7);
        for (int i = 0; i < SHAPES.length; i++) {
            HostArray array = HostArray.zeros(Shape.of(SHAPES[i]), type).fill(j -> random.nextInt(0, 2));
            String path = "layers/l_" + i + "/vars/" + i;
            arrays.put(path, array);
            writer.array(path, array.spec(), () -> array);
            if (type == DType.BFLOAT16) {
                writer.attribute(path, "dtype", "bfloat16");
            }
        }
        write(file, writer);
        try (Hdf5Reader reader = Hdf5Reader.open(file)) {
            assertThat(reader.arrays()).containsExactlyInAnyOrderElementsOf(arrays.keySet());
            arrays.forEach((path, array) -> {
                assertThat(reader.spec(path)).isEqualTo(array.spec());
                assertThat(reader.array(path).toLongArray()).isEqualTo(array.toLongArray());
            });
        }
    }

    @Test
    void manyGroupsAndAttributesComeBack() throws IOException {
        Path file = folder.resolve("a.h5");
        Hdf5Writer writer = new Hdf5Writer();
        for (int i = 0; i < 3000; i++) {
            writer.group("g/layer_" + i).attribute("g/layer_" + i, "name", "née_" + i);
        }
        writer.attribute("", "long", "x".repeat(100_000));
        write(file, writer);
        try (Hdf5Reader reader = Hdf5Reader.open(file)) {
            assertThat(reader.paths()).hasSize(3002);
            assertThat(reader.text("g/layer_2047", "name")).contains("née_2047");
            assertThat(reader.text("", "long").orElseThrow()).hasSize(100_000);
            assertThat(reader.text("g", "name")).isEmpty();
        }
    }

    private static void write(Path file, Hdf5Writer writer) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            writer.writeTo(out);
        }
    }
}
