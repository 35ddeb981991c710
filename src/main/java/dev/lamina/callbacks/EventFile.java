package dev.lamina.callbacks;

import dev.lamina.errors.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * TensorBoard's event file: TFRecords, each a length (8 bytes), its masked CRC32C, the bytes of an {@code Event} and
 * their masked CRC32C, little-endian (tensorflow/core/lib/io/record_writer.h). Of the {@code Event} of
 * tensorflow/core/util/event.proto are written {@code wall_time = 1}, {@code step = 2}, {@code file_version = 3} and
 * {@code summary = 5} with one {@code value = 1} of {@code tag = 1} and {@code simple_value = 2}.
 */
final class EventFile implements AutoCloseable {
    private static final int MASK_DELTA = 0xa282ead8;

    private final Path file;
    private final OutputStream out;

    /** Begins a new file in a folder, which is made if it isn't there. */
    EventFile(Path folder, long millis, String suffix) {
        file = folder.resolve("events.out.tfevents." + millis / 1000 + "." + suffix);
        try {
            Files.createDirectories(folder);
            out = Files.newOutputStream(file);
        } catch (IOException e) {
            throw failed(e);
        }
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        fixed64(event, 1, Double.doubleToRawLongBits(millis / 1e3));
        bytes(event, 3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
        record(event.toByteArray());
    }

    /** Writes one number. */
    void scalar(String tag, long step, double value) {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        bytes(entry, 1, tag.getBytes(StandardCharsets.UTF_8));
        entry.write(2 << 3 | 5);
        entry.writeBytes(
                little(4).putInt(Float.floatToRawIntBits((float) value)).array());
        ByteArrayOutputStream summary = new ByteArrayOutputStream();
        bytes(summary, 1, entry.toByteArray());
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        fixed64(event, 1, Double.doubleToRawLongBits(System.currentTimeMillis() / 1e3));
        event.write(2 << 3);
        varint(event, step);
        bytes(event, 5, summary.toByteArray());
        record(event.toByteArray());
    }

    private void record(byte[] data) {
        byte[] length = little(8).putLong(data.length).array();
        try {
            out.write(length);
            out.write(little(4).putInt(maskedCrc(length)).array());
            out.write(data);
            out.write(little(4).putInt(maskedCrc(data)).array());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** CRC32C, rotated right by 15 bits, plus a constant: a CRC of data that holds CRCs is no good otherwise. */
    static int maskedCrc(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + MASK_DELTA;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void fixed64(ByteArrayOutputStream to, int field, long bits) {
        to.write(field << 3 | 1);
        to.writeBytes(little(8).putLong(bits).array());
    }

    private static void bytes(ByteArrayOutputStream to, int field, byte[] value) {
        to.write(field << 3 | 2);
        varint(to, value.length);
        to.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream to, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            to.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        to.write((int) rest);
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private DataException failed(IOException e) {
        return new DataException(
                "[TensorBoard] expected an event file that can be written; received " + file + ": " + e + ".", e);
    }
}
