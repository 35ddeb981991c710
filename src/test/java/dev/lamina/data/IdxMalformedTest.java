package dev.lamina.data;

import static dev.lamina.data.DataFiles.gzip;
import static dev.lamina.data.DataFiles.hex;
import static dev.lamina.data.DataFiles.idx;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxMalformedTest {
    private static final byte[] WHOLE = idx(0x08, new int[] {2, 3}, hex("00 01 02 03 04 05"));

    @TempDir
    Path folder;

    private void fails(byte[] bytes, String message) {
        Path file = DataFiles.write(folder.resolve("a.idx"), bytes);
        assertThatThrownBy(() -> IdxReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(message.replace("FILE", file.toString()));
    }

    @Test
    void truncatedElements() {
        fails(
                Arrays.copyOf(WHOLE, WHOLE.length - 1),
                "[IdxReader] expected 6 bytes for the elements of shape (2, 3) in FILE; received 5 before the end. "
                        + "The file is truncated: copy or download it again.");
    }

    @Test
    void truncatedSizes() {
        fails(
                Arrays.copyOf(WHOLE, 7),
                "[IdxReader] expected 8 bytes for the sizes of 2 axes in FILE; received 3 before the end. "
                        + "The file is truncated: copy or download it again.");
    }

    @Test
    void everyTruncationIsADataException() {
        byte[] packed = gzip(WHOLE);
        for (byte[] bytes : new byte[][] {WHOLE, packed}) {
            for (int length = 0; length < bytes.length; length++) {
                Path file = DataFiles.write(folder.resolve("a.idx"), Arrays.copyOf(bytes, length));
                assertThatThrownBy(() -> IdxReader.read(file)).isInstanceOf(DataException.class);
            }
        }
    }

    @Test
    void truncatedGzip() {
        byte[] packed = gzip(idx(0x08, new int[] {100}, new byte[100]));
        Path file = DataFiles.write(folder.resolve("a"), Arrays.copyOf(packed, packed.length - 10));
        assertThatThrownBy(() -> IdxReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file.toString())
                .hasMessageEndingWith("opy or download it again.");
    }

    @Test
    void packedDataThatEndEarly() {
        fails(
                gzip(Arrays.copyOf(WHOLE, WHOLE.length - 2)),
                "[IdxReader] expected 6 bytes for the elements of shape (2, 3) in FILE; received 4 before the end. "
                        + "The file is truncated: copy or download it again.");
    }

    @Test
    void damagedGzip() {
        fails(
                hex("1f 8b 08 00 00 00 00 00 00 03 ff ff ff ff"),
                "[IdxReader] expected FILE to be whole; received damaged gzip data (invalid block type). "
                        + "Copy or download it again.");
    }

    @Test
    void trailingBytes() {
        fails(
                Arrays.copyOf(WHOLE, WHOLE.length + 3),
                "[IdxReader] expected FILE to end after 18 bytes, as its header says; received 3 more. "
                        + "The file is malformed: copy or download it again.");
        fails(
                gzip(Arrays.copyOf(WHOLE, WHOLE.length + 3)),
                "[IdxReader] expected FILE to end after 18 bytes, as its header says; received more. "
                        + "The file is malformed: copy or download it again.");
    }

    @Test
    void wrongMagic() {
        fails(
                hex("50 4b 03 04 00 00 00 00"),
                "[IdxReader] expected the IDX magic 00 00, element type, rank at the start of FILE; received 50 4b 03 04. "
                        + "Name an IDX file, packed with gzip or not at all.");
    }

    @Test
    void unknownType() {
        fails(
                hex("00 00 0a 01 00 00 00 00"),
                "[IdxReader] expected the element type 08 (uint8), 09 (int8), 0b (int16), 0c (int32), 0d (float32) or 0e "
                        + "(float64) as third byte of FILE; received 0a. Name an IDX file.");
    }

    @Test
    void absurdSizesAllocateNothing() {
        byte[] huge = idx(0x0e, new int[] {Integer.MAX_VALUE, 100}, new byte[10]);
        fails(
                huge,
                "[IdxReader] expected 1717986917600 bytes for the elements of shape (2147483647, 100) in FILE; received 10 "
                        + "before the end. The file is truncated: copy or download it again.");
        Path file = DataFiles.write(folder.resolve("a.gz"), gzip(huge));
        assertThatThrownBy(() -> IdxReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("received a gzip file that can hold at most");
    }

    @Test
    void sizesWhoseProductOverflows() {
        int most = Integer.MAX_VALUE;
        fails(
                idx(0x08, new int[] {0, most, most, most}, new byte[0]),
                "[IdxReader] expected sizes whose product is less than 2^63 bytes in FILE; received "
                        + "(0, 2147483647, 2147483647, 2147483647). The file is malformed: copy or download it again.");
    }

    @Test
    void sizesBeyondAnInt() {
        fails(
                idx(0x08, new int[] {1, -1}, new byte[0]),
                "[IdxReader] expected sizes of at most 2147483647 in FILE; received 4294967295 for axis 1. "
                        + "The file is malformed: copy or download it again.");
    }

    @Test
    void emptyFile() {
        fails(
                new byte[0],
                "[IdxReader] expected 4 bytes for the IDX magic in FILE; received 0 before the end. "
                        + "The file is truncated: copy or download it again.");
    }

    @Test
    void missingFile() {
        Path file = folder.resolve("nowhere");
        assertThatThrownBy(() -> IdxReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage("[IdxReader] expected the file " + file
                        + "; received nothing: it does not exist. Check the path.");
    }

    @Test
    void folderInsteadOfAFile() {
        assertThatThrownBy(() -> IdxReader.read(folder))
                .isInstanceOf(DataException.class)
                .hasMessage("[IdxReader] expected a file; received the folder " + folder + ". Name a file inside it.");
    }
}
