package dev.lamina.data;

import static dev.lamina.data.DataFiles.hex;
import static dev.lamina.data.DataFiles.npy;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpyMalformedTest {
    private static final byte[] WHOLE =
            npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", hex("0000803f 00000040"));

    @TempDir
    Path folder;

    private void fails(byte[] bytes, String message) {
        Path file = DataFiles.write(folder.resolve("a.npy"), bytes);
        assertThatThrownBy(() -> NpyFormat.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(message.replace("FILE", file.toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "{'descr': '<f4', 'fortran_order': False} # expected the keys descr, fortran_order and shape in the header of the "
                        + "stream; received descr, fortran_order.",
                "{'descr': '<f4', 'descr': '<f4'} # expected each key once in the header of the stream; received descr twice.",
                "{'descr': '<f4', 'fortran_order': None, 'shape': ()} # expected a string, True, False or a tuple at character 34",
                "{'descr': '<f4', 'fortran_order': 'no', 'shape': ()} # expected True or False for fortran_order",
                "{'descr': '<f4', 'fortran_order': False, 'shape': True} # expected a tuple for shape",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2)} # expected a comma after the only size",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)} # expected a size at character 51",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)} # expected a comma between sizes",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999,)} # expected sizes of at most 2147483647 in the "
                        + "header of the stream; received 9999999999.",
                "{'descr': '<f4', 'fortran_order': False, 'shape': ()} + exit() # expected only spaces after the dictionary",
                "{'descr': '<f4', 'fortran_order': False, 'shape': ( # expected a size at character 51 in the header of the "
                        + "stream; received its end.",
                "{'descr': '*f4', 'fortran_order': False, 'shape': ()} # expected a byte order <, >, = or | at the start of descr",
                "__import__('os') # expected \"{\" at character 0 in the header of the stream; received \"__import__('os')\".",
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()} # received a structured array. Save its fields one "
                        + "by one.",
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,)} # received \"|O\". Convert the array before saving",
                "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)} # received \"<c8\". Convert the array before saving",
                "{'descr': '<u8', 'fortran_order': False, 'shape': (1,)} # received \"<u8\". Convert the array before saving",
                "{'descr': '<V2', 'fortran_order': False, 'shape': (1,)} # received \"<V2\". That is how NumPy saves bfloat16: cast "
                        + "to float32 first",
                "{'descr': '', 'fortran_order': False, 'shape': (1,)} # received \"\". Convert the array before saving",
            })
    void headers(String header, String message) {
        assertThatThrownBy(() -> NpyFormat.read(new ByteArrayInputStream(npy(header, new byte[8]))))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("[NpyFormat] expected ")
                .hasMessageContaining(message);
    }

    @Test
    void tooManyAxes() {
        String sizes = "1, ".repeat(65);
        assertThatThrownBy(() -> NpyFormat.read(new ByteArrayInputStream(
                        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + ")}", new byte[4]))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected at most 64 axes");
    }

    @Test
    void wrongMagic() {
        fails(
                hex("89 48 44 46 0d 0a 1a 0a"),
                "[NpyFormat] expected the NPY magic \\x93NUMPY at the start of FILE; received bytes 89 48 44 46 0d 0a. "
                        + "Save the array with numpy.save.");
    }

    @Test
    void unknownVersion() {
        fails(
                hex("93 4e 55 4d 50 59 04 00"),
                "[NpyFormat] expected NPY version 1.0, 2.0 or 3.0 in FILE; received 4.0. Save the array with numpy.save.");
    }

    @Test
    void truncatedElements() {
        fails(
                Arrays.copyOf(WHOLE, WHOLE.length - 1),
                "[NpyFormat] expected 8 bytes for the elements of shape (2,) in FILE; received 7 before the end. "
                        + "The file is truncated: copy or download it again.");
    }

    @Test
    void everyTruncationIsADataException() {
        for (int length = 0; length < WHOLE.length; length++) {
            byte[] part = Arrays.copyOf(WHOLE, length);
            assertThatThrownBy(() -> NpyFormat.read(new ByteArrayInputStream(part)))
                    .isInstanceOf(DataException.class);
        }
    }

    @Test
    void trailingBytes() {
        fails(
                Arrays.copyOf(WHOLE, WHOLE.length + 1),
                "[NpyFormat] expected FILE to end after " + WHOLE.length
                        + " bytes, as its header says; received 1 more. The file is malformed: copy or download it again.");
    }

    @Test
    void absurdHeaderLength() {
        fails(
                hex("93 4e 55 4d 50 59 02 00 ff ff ff ff"),
                "[NpyFormat] expected at most 65536 bytes in the header of FILE; received 4294967295. "
                        + "The file is malformed: save it again with numpy.save.");
    }

    @Test
    void absurdSizesAllocateNothing() {
        fails(
                npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647, 9), }\n", new byte[8]),
                "[NpyFormat] expected 154618822584 bytes for the elements of shape (2147483647, 9) in FILE; received 8 "
                        + "before the end. The file is truncated: copy or download it again.");
        assertThatThrownBy(() -> NpyFormat.read(new ByteArrayInputStream(
                        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647, 9), }\n", new byte[8]))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("received 8 before the end");
    }

    @Test
    void sizesWhoseProductOverflows() {
        fails(
                npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647, 2147483647, 9), }\n", new byte[8]),
                "[NpyFormat] expected sizes whose product is less than 2^63 bytes in the header of FILE; received "
                        + "(2147483647, 2147483647, 9). The file is malformed: save it again with numpy.save.");
    }
}
