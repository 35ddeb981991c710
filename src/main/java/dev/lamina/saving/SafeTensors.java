package dev.lamina.saving;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.models.ArrayFormat;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Arrays by name in the safetensors format: the length of a JSON header (8 bytes, little-endian), the header with each
 * array's type, shape and place, then the bytes of all arrays without gaps. Nothing in a file is trusted: what is read
 * is bounded by the file's size, and every malformed file is a {@link ModelFormatException}.
 */
public final class SafeTensors implements ArrayFormat {
    /** As the format's own reader allows. */
    private static final int MAX_HEADER_BYTES = 100_000_000;

    private static final Map<DType, String> NAMES = Map.of(
            DType.FLOAT32, "F32",
            DType.FLOAT64, "F64",
            DType.FLOAT16, "F16",
            DType.BFLOAT16, "BF16",
            DType.INT32, "I32",
            DType.INT64, "I64",
            DType.UINT8, "U8",
            DType.BOOL, "BOOL");

    /** For {@link java.util.ServiceLoader}; all instances are alike. */
    public SafeTensors() {}

    private record Entry(String name, TensorSpec spec, long begin, long end) {}

    @Override
    public void write(Map<String, HostArray> arrays, Path file) {
        Map<String, Object> header = new LinkedHashMap<>();
        long offset = 0;
        for (Map.Entry<String, HostArray> entry : arrays.entrySet()) {
            HostArray array = entry.getValue();
            long end = offset + array.data().byteSize();
            List<Integer> sizes = new ArrayList<>();
            for (int axis = 0; axis < array.shape().rank(); axis++) {
                sizes.add(array.shape().size(axis));
            }
            Map<String, Object> place = new LinkedHashMap<>();
            place.put("dtype", NAMES.get(array.dtype()));
            place.put("shape", sizes);
            place.put("data_offsets", List.of(offset, end));
            header.put(entry.getKey(), place);
            offset = end;
        }
        // Spaces at the end let the first array begin at a multiple of 8.
        byte[] json = Json.write(header).getBytes(StandardCharsets.UTF_8);
        byte[] padding = " ".repeat((8 - json.length % 8) % 8).getBytes(StandardCharsets.UTF_8);
        SafeFile.write(file, out -> {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length + padding.length)
                    .array());
            out.write(json);
            out.write(padding);
            for (HostArray array : arrays.values()) {
                write(out, array.data());
            }
        });
    }

    private static void write(OutputStream out, MemorySegment data) throws IOException {
        byte[] piece = new byte[(int) Math.min(1 << 16, data.byteSize())];
        for (long from = 0; from < data.byteSize(); from += piece.length) {
            int length = (int) Math.min(piece.length, data.byteSize() - from);
            MemorySegment.copy(data, from, MemorySegment.ofArray(piece), 0, length);
            out.write(piece, 0, length);
        }
    }

    @Override
    public Map<String, HostArray> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ModelFormatException("[safetensors] expected a file; received " + file + ", which "
                    + (Files.exists(file) ? "is no regular file." : "does not exist.") + " Check the path.");
        }
        try (FileChannel in = FileChannel.open(file)) {
            long size = in.size();
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            if (size < 8 || !fill(in, length, 0)) {
                throw malformed(file, "8 bytes with the length of the header", size + " bytes in all");
            }
            long headerBytes = length.getLong(0);
            if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - 8) {
                throw malformed(
                        file, "a header within the file's " + size + " bytes", headerBytes + " bytes of header");
            }
            ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
            if (!fill(in, header, 8)) {
                throw malformed(file, headerBytes + " bytes of header", "fewer");
            }
            List<Entry> entries = entries(file, text(file, header), size - 8 - headerBytes);
            Map<String, HostArray> arrays = new LinkedHashMap<>();
            for (Entry entry : entries) {
                HostArray array =
                        HostArray.zeros(entry.spec().shape(), entry.spec().dtype());
                read(in, file, array.data(), 8 + headerBytes + entry.begin());
                arrays.put(entry.name(), array);
            }
            return arrays;
        } catch (IOException e) {
            throw new ModelFormatException("[safetensors] expected to read " + file + "; received " + e + ".", e);
        }
    }

    private static boolean fill(FileChannel in, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = in.read(target, at);
            if (read < 0) {
                return false;
            }
            at += read;
        }
        return true;
    }

    private static void read(FileChannel in, Path file, MemorySegment target, long position) throws IOException {
        for (long from = 0; from < target.byteSize(); from += 1 << 24) {
            long length = Math.min(1 << 24, target.byteSize() - from);
            if (!fill(in, target.asSlice(from, length).asByteBuffer(), position + from)) {
                throw malformed(file, "all bytes of the arrays", "fewer");
            }
        }
    }

    private static String text(Path file, ByteBuffer header) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(header.flip()).toString();
        } catch (CharacterCodingException e) {
            throw malformed(file, "a header in UTF-8", "other bytes");
        }
    }

    /** The arrays in the order of their bytes, which must follow each other from 0 to the end without gaps. */
    private static List<Entry> entries(Path file, String text, long bytes) {
        if (!text.startsWith("{")) {
            throw malformed(file, "a header that begins with {", "\"" + Json.shown(text) + "\"");
        }
        List<Entry> entries = new ArrayList<>();
        Json.readObject(text, "the header of " + file).forEach((name, value) -> {
            if (!name.equals("__metadata__")) {
                entries.add(entry(file, name, value));
            }
        });
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long at = 0;
        for (Entry entry : entries) {
            if (entry.begin() != at
                    || entry.end() - entry.begin() != entry.spec().bytes()) {
                throw malformed(
                        file,
                        "\"" + Json.shown(entry.name()) + "\" " + entry.spec() + " at byte " + at,
                        "bytes " + entry.begin() + " to " + entry.end());
            }
            at = entry.end();
        }
        if (at != bytes) {
            throw malformed(file, at + " bytes of arrays", Long.toString(bytes));
        }
        return entries;
    }

    private static Entry entry(Path file, String name, Object value) {
        String where = "\"" + Json.shown(name) + "\" of " + file;
        Map<String, Object> place = Json.object(value, where);
        String type = Json.text(place, "dtype", where);
        DType dtype = NAMES.entrySet().stream()
                .filter(known -> known.getValue().equals(type))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(
                        () -> malformed(file, "one of the types " + NAMES.values(), "\"" + Json.shown(type) + "\""));
        List<?> sizes = Json.list(place, "shape", where);
        int[] axes = new int[sizes.size()];
        long elements = 1;
        for (int i = 0; i < axes.length; i++) {
            axes[i] = (int) whole(file, sizes.get(i), Integer.MAX_VALUE);
            if (axes[i] != 0 && elements > Long.MAX_VALUE / 8 / axes[i]) {
                throw malformed(file, "a shape that memory can hold", sizes.toString());
            }
            elements *= axes[i];
        }
        List<?> offsets = Json.list(place, "data_offsets", where);
        if (offsets.size() != 2) {
            throw malformed(file, "two data_offsets", offsets.toString());
        }
        long begin = whole(file, offsets.get(0), Long.MAX_VALUE);
        long end = whole(file, offsets.get(1), Long.MAX_VALUE);
        return new Entry(name, new TensorSpec(Shape.of(axes), dtype), begin, end);
    }

    private static long whole(Path file, Object value, long most) {
        if (value instanceof Long number && number >= 0 && number <= most) {
            return number;
        }
        throw malformed(file, "a whole number", Json.shown(value));
    }

    private static ModelFormatException malformed(Path file, String expected, String received) {
        return new ModelFormatException("[safetensors] expected " + expected + "; received " + received + " in " + file
                + ". The file is truncated, damaged or of another kind.");
    }
}
