package dev.lamina.data;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Reads and writes NPY, the format of {@code numpy.save}: one array with its shape and element type.
 *
 * <p>Read are versions 1.0, 2.0 and 3.0, both byte orders, C and Fortran order, and these types: f2, f4, f8, i4, i8, u1
 * and b1 as they are; i1, i2 and u2 become int32; u4 becomes int64. Written is version 1.0 in C order, little-endian.
 */
public final class NpyFormat {
    private static final String WHERE = "NpyFormat";
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final int MAX_HEADER_BYTES = 1 << 16;

    private NpyFormat() {}

    /**
     * Reads a file that holds one array and nothing else.
     *
     * @throws DataException if the file is missing, not NPY, malformed, truncated, longer than its header says, or of
     *     an element type that is not supported
     */
    public static HostArray read(Path file) {
        try (ByteSource source = ByteSource.open(WHERE, file)) {
            HostArray array = read(source);
            source.expectEnd();
            return array;
        }
    }

    /**
     * Reads one array; the stream stays open and stands right behind it, where a next one may follow.
     *
     * @throws DataException if what comes is not NPY, malformed, truncated, or of a type that is not supported
     */
    public static HostArray read(InputStream in) {
        return read(ByteSource.of(WHERE, "the stream", in));
    }

    private static HostArray read(ByteSource source) {
        byte[] magic = source.header(8, "the NPY magic and version");
        if (!Arrays.equals(magic, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new DataException("[" + WHERE + "] expected the NPY magic \\x93NUMPY at the start of " + source.name()
                    + "; received bytes " + HexFormat.ofDelimiter(" ").formatHex(magic, 0, MAGIC.length)
                    + ". Save the array with numpy.save.");
        }
        int version = magic[6];
        if (version < 1 || version > 3 || magic[7] != 0) {
            throw new DataException(
                    "[" + WHERE + "] expected NPY version 1.0, 2.0 or 3.0 in " + source.name() + "; received "
                            + (magic[6] & 0xff) + "." + (magic[7] & 0xff) + ". Save the array with numpy.save.");
        }
        NpyHeader header = NpyHeader.parse(headerText(source, version), source.name());
        long bytes = header.type().fileBytes(header.shape());
        if (bytes < 0) {
            throw NpyHeader.malformed(
                    source.name(),
                    "sizes whose product is less than 2^63 bytes",
                    header.shape().toString());
        }
        MemorySegment data = source.body(bytes, "the elements of shape " + header.shape());
        Shape shape = header.shape();
        if (!header.fortran() || shape.rank() < 2) {
            return header.type().decode(data, header.order(), shape);
        }
        int[] reversed = shape.sizes();
        for (int i = 0; i < reversed.length; i++) {
            reversed[i] = shape.size(-1 - i);
        }
        return transposed(header.type().decode(data, header.order(), Shape.of(reversed)), shape);
    }

    private static String headerText(ByteSource source, int version) {
        ByteBuffer length = ByteBuffer.wrap(source.header(version == 1 ? 2 : 4, "the header's length"))
                .order(ByteOrder.LITTLE_ENDIAN);
        long bytes = version == 1 ? length.getShort() & 0xffff : length.getInt() & 0xffff_ffffL;
        if (bytes > MAX_HEADER_BYTES) {
            throw NpyHeader.malformed(source.name(), "at most " + MAX_HEADER_BYTES + " bytes", Long.toString(bytes));
        }
        byte[] text = source.header((int) bytes, "the header");
        return new String(text, version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }

    /** The array with its axes in reverse order. */
    private static HostArray transposed(HostArray from, Shape shape) {
        HostArray to = HostArray.zeros(shape, from.dtype());
        int rank = shape.rank();
        int width = from.dtype().bytes();
        long[] strides = new long[rank];
        long stride = width;
        for (int axis = 0; axis < rank; axis++) {
            strides[axis] = stride;
            stride *= shape.size(axis);
        }
        int[] index = new int[rank];
        long offset = 0;
        for (long i = 0, n = to.elements(); i < n; i++) {
            MemorySegment.copy(from.data(), offset, to.data(), i * width, width);
            for (int axis = rank - 1; axis >= 0; axis--) {
                offset += strides[axis];
                if (++index[axis] < shape.size(axis)) {
                    break;
                }
                offset -= index[axis] * strides[axis];
                index[axis] = 0;
            }
        }
        return to;
    }

    /**
     * Writes an array to a file: first to a new file beside it, which then takes its place, so that a reader sees the
     * old file or the new one and never a part.
     *
     * @throws DataException if the file can't be written, or the array is bfloat16, which NPY can't hold
     */
    public static void write(Path file, HostArray array) {
        String descr = descr(array);
        AtomicFile.write(WHERE, file, out -> write(out, descr, array));
    }

    /**
     * Writes an array to a stream, which stays open.
     *
     * @throws DataException if writing fails, or the array is bfloat16, which NPY can't hold
     */
    public static void write(OutputStream out, HostArray array) {
        String descr = descr(array);
        try {
            BufferedOutputStream buffer = new BufferedOutputStream(out, 1 << 16);
            write(buffer, descr, array);
            buffer.flush();
        } catch (IOException e) {
            throw new DataException(
                    "[" + WHERE + "] expected to write " + array.spec() + " to the stream; received "
                            + e.getClass().getSimpleName() + ": " + e.getMessage() + ". Check where the stream leads.",
                    e);
        }
    }

    private static String descr(HostArray array) {
        return switch (array.dtype()) {
            case FLOAT16 -> "<f2";
            case FLOAT32 -> "<f4";
            case FLOAT64 -> "<f8";
            case INT32 -> "<i4";
            case INT64 -> "<i8";
            case UINT8 -> "|u1";
            case BOOL -> "|b1";
            case BFLOAT16 ->
                throw new DataException("[" + WHERE + "] expected an array of a type that NPY has; received "
                        + array.spec() + ". Cast it to float32 first: array.cast(DType.FLOAT32).");
        };
    }

    private static void write(OutputStream out, String descr, HostArray array) throws IOException {
        String text = NpyHeader.format(descr, array.shape());
        int unpadded = MAGIC.length + 2 + 2 + text.length() + 1;
        int padding = Math.floorMod(-unpadded, ALIGNMENT);
        ByteBuffer header = ByteBuffer.allocate(unpadded + padding).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (text.length() + padding + 1));
        header.put((text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        out.write(header.array());
        boolean swap = ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN;
        MemorySegment data = array.data();
        byte[] chunk = new byte[(int) Math.min(data.byteSize(), 1 << 16)];
        MemorySegment view = MemorySegment.ofArray(chunk);
        for (long at = 0; at < data.byteSize(); at += chunk.length) {
            int count = (int) Math.min(chunk.length, data.byteSize() - at);
            MemorySegment.copy(data, at, view, 0, count);
            if (swap) {
                RawType.swap(view.asSlice(0, count), array.dtype().bytes());
            }
            out.write(chunk, 0, count);
        }
    }
}
