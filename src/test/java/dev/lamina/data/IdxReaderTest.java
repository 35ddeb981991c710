package dev.lamina.data;

import static dev.lamina.data.DataFiles.gzip;
import static dev.lamina.data.DataFiles.hex;
import static dev.lamina.data.DataFiles.idx;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxReaderTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "08, 01 ff,                              uint8,   1,          255",
        "09, 01 ff,                              int32,   1,          -1",
        "0b, 0102 fffe,                          int32,   258,        -2",
        "0c, 01020304 fffffffe,                  int32,   16909060,   -2",
        "0d, 3fc00000 c0000000,                  float32, 1.5,        -2",
        "0e, 3ff8000000000000 c000000000000000,  float64, 1.5,        -2",
    })
    void readsEveryType(String code, String elements, String dtype, double first, double second) {
        byte[] bytes = idx(Integer.parseInt(code, 16), new int[] {2}, hex(elements));
        HostArray array = IdxReader.read(DataFiles.write(folder.resolve("a.idx"), bytes));
        assertThat(array.dtype()).isEqualTo(DType.of(dtype));
        assertThat(array.toDoubleArray()).containsExactly(first, second);
    }

    @Test
    void keepsTheRowMajorShape() {
        byte[] bytes = idx(0x08, new int[] {2, 1, 3}, hex("00 01 02 03 04 05"));
        HostArray array = IdxReader.read(DataFiles.write(folder.resolve("a"), bytes));
        assertThat(array.shape()).hasToString("(2, 1, 3)");
        assertThat(array.toLongArray()).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void readsGzipWhateverTheNameSays() {
        byte[] bytes = idx(0x08, new int[] {3}, hex("07 08 09"));
        assertThat(IdxReader.read(DataFiles.write(folder.resolve("packed"), gzip(bytes)))
                        .toLongArray())
                .containsExactly(7, 8, 9);
        assertThat(IdxReader.read(DataFiles.write(folder.resolve("plain.gz"), bytes))
                        .toLongArray())
                .containsExactly(7, 8, 9);
    }

    @Test
    void readsEmptyArrays() {
        HostArray array =
                IdxReader.read(DataFiles.write(folder.resolve("a"), idx(0x0d, new int[] {0, 5}, new byte[0])));
        assertThat(array.shape()).hasToString("(0, 5)");
    }

    @Test
    void readsPackedDataBeyondTheFirstAllocation() {
        byte[] elements = new byte[70 << 20];
        elements[elements.length - 1] = 42;
        elements[65 << 20] = 7;
        byte[] bytes = idx(0x08, new int[] {70, 1 << 20}, elements);
        HostArray array = IdxReader.read(DataFiles.write(folder.resolve("a.gz"), gzip(bytes)));
        assertThat(array.shape()).hasToString("(70, 1048576)");
        assertThat(array.getLong(65 << 20)).isEqualTo(7);
        assertThat(array.getLong(array.elements() - 1)).isEqualTo(42);
    }
}
