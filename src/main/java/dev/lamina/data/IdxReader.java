package dev.lamina.data;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Reads IDX, the format of the MNIST family: two zero bytes, the element type, the rank, one big-endian 32-bit size an
 * axis, then the elements in row-major order, big-endian.
 */
public final class IdxReader {
    private static final String WHERE = "IdxReader";

    private IdxReader() {}

    /**
     * Reads a whole file, gzip or plain; which of the two is seen from its first bytes. uint8, int32, float32 and
     * float64 keep their type; int8 and int16 become int32.
     *
     * @return an array of the shape and type that the file declares, such as uint8 {@code (60000, 28, 28)}
     * @throws DataException if the file is missing, not IDX, truncated, or longer than its header says
     */
    public static HostArray read(Path file) {
        try (ByteSource source = ByteSource.open(WHERE, file)) {
            byte[] magic = source.header(4, "the IDX magic");
            if (magic[0] != 0 || magic[1] != 0) {
                throw new DataException("[" + WHERE
                        + "] expected the IDX magic 00 00, element type, rank at the start of "
                        + file + "; received " + HexFormat.ofDelimiter(" ").formatHex(magic)
                        + ". Name an IDX file, packed with gzip or not at all.");
            }
            RawType type = type(magic[2], file);
            Shape shape = shape(source, magic[3] & 0xff, file);
            long bytes = type.fileBytes(shape);
            if (bytes < 0) {
                throw new DataException("[" + WHERE + "] expected sizes whose product is less than 2^63 bytes in "
                        + file + "; received " + shape + ". The file is malformed: copy or download it again.");
            }
            MemorySegment data = source.body(bytes, "the elements of shape " + shape);
            source.expectEnd();
            return type.decode(data, ByteOrder.BIG_ENDIAN, shape);
        }
    }

    private static RawType type(byte code, Path file) {
        return switch (code) {
            case 0x08 -> RawType.UINT8;
            case 0x09 -> RawType.INT8;
            case 0x0B -> RawType.INT16;
            case 0x0C -> RawType.INT32;
            case 0x0D -> RawType.FLOAT32;
            case 0x0E -> RawType.FLOAT64;
            default ->
                throw new DataException(
                        "[" + WHERE + "] expected the element type 08 (uint8), 09 (int8), 0b (int16), 0c "
                                + "(int32), 0d (float32) or 0e (float64) as third byte of " + file + "; received "
                                + HexFormat.of().toHexDigits(code) + ". Name an IDX file.");
        };
    }

    private static Shape shape(ByteSource source, int rank, Path file) {
        ByteBuffer header = ByteBuffer.wrap(source.header(4 * rank, "the sizes of " + rank + " axes"));
        int[] sizes = new int[rank];
        for (int i = 0; i < rank; i++) {
            sizes[i] = header.getInt();
            if (sizes[i] < 0) {
                throw new DataException("[" + WHERE + "] expected sizes of at most " + Integer.MAX_VALUE + " in " + file
                        + "; received " + Integer.toUnsignedString(sizes[i]) + " for axis " + i
                        + ". The file is malformed: copy or download it again.");
            }
        }
        return Shape.of(sizes);
    }
}
