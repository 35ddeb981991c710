package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvReaderTest {
    private static final CsvOptions DEFAULTS = CsvOptions.defaults();

    @TempDir
    Path folder;

    private HostArray read(String text, CsvOptions options) {
        return CsvReader.read(DataFiles.write(folder.resolve("a.csv"), text), options);
    }

    @Test
    void numbersInManyForms() {
        HostArray array = read("1,-2.5,+3\n.5,4.,1e-3\r\n\" 7 \", 8 ,\t9\n", DEFAULTS);
        assertThat(array.dtype()).isEqualTo(DType.FLOAT32);
        assertThat(array.shape()).hasToString("(3, 3)");
        assertThat(array.toFloatArray()).containsExactly(1f, -2.5f, 3f, .5f, 4f, 1e-3f, 7f, 8f, 9f);
    }

    @Test
    void nanAndInfinityAreValues() {
        assertThat(read("1,nan\ninf,-Inf\nNaN,2\n", DEFAULTS).toFloatArray())
                .containsExactly(1f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, 2f);
    }

    @Test
    void aFirstRowWithoutNumbersIsTheHeader() {
        assertThat(read("sepal,petal\n1,2\n", DEFAULTS).shape()).hasToString("(1, 2)");
        assertThat(read("1,2\n3,4\n", DEFAULTS).shape()).hasToString("(2, 2)");
    }

    @Test
    void theHeaderCanBeSaid() {
        assertThat(read("1990,1991\n3,4\n", DEFAULTS.withHeader(CsvOptions.Header.PRESENT))
                        .toFloatArray())
                .containsExactly(3f, 4f);
        assertThat(read("1990,1991\n3,4\n", DEFAULTS.withHeader(CsvOptions.Header.ABSENT))
                        .shape())
                .hasToString("(2, 2)");
    }

    @Test
    void scikitLearnsLineOfCountsIsSkipped() {
        assertThat(read("2,3,setosa\n1,2,3,0\n4,5,6,1\n", DEFAULTS.withSkippedRows(1))
                        .shape())
                .hasToString("(2, 4)");
    }

    @Test
    void otherSeparators() {
        assertThat(read("1;2\n3;4\n", DEFAULTS.withSeparator(';')).shape()).hasToString("(2, 2)");
        assertThat(read("1\t2\n", DEFAULTS.withSeparator('\t')).shape()).hasToString("(1, 2)");
        assertThat(read("1 2\n", DEFAULTS.withSeparator(' ')).shape()).hasToString("(1, 2)");
    }

    @Test
    void gzipEmptyLinesAndAMissingLastLineEnd() {
        byte[] text = "1,2\n\n\n3,4".getBytes(StandardCharsets.UTF_8);
        HostArray array = CsvReader.read(DataFiles.write(folder.resolve("a.csv.gz"), DataFiles.gzip(text)));
        assertThat(array.toFloatArray()).containsExactly(1f, 2f, 3f, 4f);
    }

    @Test
    void byteOrderMark() {
        assertThat(read("\ufeff1,2\n", DEFAULTS).toFloatArray()).containsExactly(1f, 2f);
    }

    @Test
    void manyRows() {
        String text = IntStream.range(0, 5000).mapToObj(i -> i + "," + -i).collect(Collectors.joining("\n"));
        HostArray array = read(text, DEFAULTS);
        assertThat(array.shape()).hasToString("(5000, 2)");
        assertThat(array.getDouble(9999)).isEqualTo(-4999);
    }

    @Test
    void impossibleOptions() {
        assertThatThrownBy(() -> DEFAULTS.withSeparator('"'))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[CsvOptions] expected a separator other than a quote or the end of a line; received character "
                                + "34. Use ',', ';', '\\t' or ' '.");
        assertThatThrownBy(() -> DEFAULTS.withSkippedRows(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[CsvOptions] expected 0 or more rows to skip; received -1.");
    }
}
