package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvMalformedTest {
    private static final String ADVICE =
            ". Encode text and missing values as numbers first, or check the separator and the header.";

    @TempDir
    Path folder;

    private void fails(String text, CsvOptions options, String message) {
        Path file = DataFiles.write(folder.resolve("a.csv"), text);
        assertThatThrownBy(() -> CsvReader.read(file, options))
                .isInstanceOf(DataException.class)
                .hasMessage(message.replace("FILE", file.toString()));
    }

    private void fails(String text, String message) {
        fails(text, CsvOptions.defaults(), message);
    }

    @Test
    void textInACell() {
        fails(
                "a,b\n1,2\n3,setosa\n",
                "[CsvReader] expected a number in FILE, line 3, column 2; received \"setosa\"" + ADVICE);
    }

    @Test
    void lineNumbersCountSkippedAndEmptyLines() {
        fails(
                "counts\n\n1,2\n\n3,x\n",
                CsvOptions.defaults().withSkippedRows(1),
                "[CsvReader] expected a number in FILE, line 5, column 2; received \"x\"" + ADVICE);
    }

    @Test
    void emptyCell() {
        fails("1,2\n3,\n", "[CsvReader] expected a number in FILE, line 2, column 2; received \"\"" + ADVICE);
    }

    @Test
    void formsThatOnlyJavaKnows() {
        for (String cell : new String[] {"1f", "2d", "0x1p3", "1_000", "--1", "1e", "."}) {
            fails(
                    "1\n" + cell + "\n",
                    "[CsvReader] expected a number in FILE, line 2, column 1; received \"" + cell + "\"" + ADVICE);
        }
    }

    @Test
    void numberBeyondFloat32() {
        fails(
                "1\n1e39\n",
                "[CsvReader] expected a number that float32 can hold in FILE, line 2, column 1; received \"1e39\""
                        + ADVICE);
    }

    @Test
    void raggedRows() {
        String advice = ". Check the separator and that line, or skip the first row if it is not part of the table.";
        fails(
                "1,2,3\n4,5\n",
                "[CsvReader] expected 3 cells a row in FILE, as in the first row; received 2 in line 2" + advice);
        fails(
                "1,2,3\n4,5,6\n7,8,9,10\n",
                "[CsvReader] expected 3 cells a row in FILE, as in the first row; received 4 in line 3" + advice);
        fails(
                "a,b\n4,5,6\n",
                "[CsvReader] expected 2 cells a row in FILE, as in the first row; received 3 in line 2" + advice);
    }

    @Test
    void noRows() {
        String message =
                "[CsvReader] expected at least one row of numbers in FILE; received none. Check the file, and the "
                        + "options for header and skipped rows.";
        fails("", message);
        fails("a,b\n", message);
        fails("1,2\n", CsvOptions.defaults().withSkippedRows(1), message);
        fails("1,2\n", CsvOptions.defaults().withSkippedRows(10), message);
    }

    @Test
    void unclosedQuote() {
        Path file = DataFiles.write(folder.resolve("a.csv"), "1,\"2\n3,4\n");
        assertThatThrownBy(() -> CsvReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("[CsvReader] expected CSV in " + file + "; received something else: ")
                .hasMessageEndingWith(" Check that it is a text file and that its quotes are closed.");
    }

    @Test
    void endlessCell() {
        Path file = DataFiles.write(folder.resolve("a.csv"), "1".repeat(20 << 20));
        assertThatThrownBy(() -> CsvReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("[CsvReader] expected CSV in " + file);
    }

    @Test
    void truncatedGzip() {
        byte[] packed = DataFiles.gzip("1,2\n".repeat(100).getBytes(StandardCharsets.UTF_8));
        Path file = DataFiles.write(folder.resolve("a.csv.gz"), Arrays.copyOf(packed, packed.length - 12));
        for (int skipped : new int[] {0, 1000}) {
            assertThatThrownBy(() -> CsvReader.read(file, CsvOptions.defaults().withSkippedRows(skipped)))
                    .isInstanceOf(DataException.class)
                    .hasMessage("[CsvReader] expected " + file
                            + " to be whole; received damaged gzip data (Unexpected end of "
                            + "ZLIB input stream). Copy or download it again.");
        }
    }

    @Test
    void missingFile() {
        Path file = folder.resolve("nowhere.csv");
        assertThatThrownBy(() -> CsvReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage("[CsvReader] expected the file " + file
                        + "; received nothing: it does not exist. Check the path.");
    }
}
