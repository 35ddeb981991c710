package dev.lamina.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;

/** Makes small files byte by byte. */
final class DataFiles {
    private DataFiles() {}

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] idx(int type, int[] sizes, byte[] elements) {
        ByteBuffer header = ByteBuffer.allocate(4 + 4 * sizes.length);
        header.put(new byte[] {0, 0, (byte) type, (byte) sizes.length});
        Arrays.stream(sizes).forEach(header::putInt);
        return concat(header.array(), elements);
    }

    static byte[] npy(String header, byte[] elements) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        byte[] length = {(byte) text.length, (byte) (text.length >> 8)};
        return concat(hex("93 4e 55 4d 50 59 01 00"), length, text, elements);
    }

    static Path write(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.getParent());
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path write(Path file, String text) {
        return write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
