package dev.lamina.saving;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Bytes of HDF5's format, little-endian, and its descriptions of types and shapes. */
final class Hdf5Bytes {
    /** An address that is none. */
    static final long UNDEFINED = -1L;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Hdf5Bytes u8(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    Hdf5Bytes u16(int value) {
        return u8(value, value >> 8);
    }

    Hdf5Bytes u32(int value) {
        return u16(value).u16(value >> 16);
    }

    Hdf5Bytes u64(long value) {
        return u32((int) value).u32((int) (value >> 32));
    }

    Hdf5Bytes text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    Hdf5Bytes bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** Zeros up to a multiple of 8. */
    Hdf5Bytes pad() {
        while (out.size() % 8 != 0) {
            out.write(0);
        }
        return this;
    }

    /** The checksum of what is there. */
    Hdf5Bytes checksum() {
        byte[] bytes = toArray();
        return u32(Lookup3.hash(bytes, bytes.length));
    }

    int size() {
        return out.size();
    }

    byte[] toArray() {
        return out.toByteArray();
    }

    /** A dataspace, version 2. */
    static byte[] space(Shape shape) {
        Hdf5Bytes bytes = new Hdf5Bytes().u8(2, shape.rank(), 0, shape.rank() == 0 ? 0 : 1);
        for (int size : shape.sizes()) {
            bytes.u64(size);
        }
        return bytes.toArray();
    }

    /** A datatype, as h5py writes NumPy's; bfloat16 by its bits, which h5py reads as float32. */
    static byte[] type(DType type) {
        return switch (type) {
            case FLOAT16 -> floating(2, 10, 5);
            case FLOAT32 -> floating(4, 23, 8);
            case FLOAT64 -> floating(8, 52, 11);
            case BFLOAT16 -> floating(2, 7, 8);
            case INT32 -> whole(4, true);
            case INT64 -> whole(8, true);
            case UINT8 -> whole(1, false);
            case BOOL ->
                new Hdf5Bytes()
                        .u8(0x38, 2, 0, 0)
                        .u32(1)
                        .bytes(whole(1, true))
                        .text("FALSE\0TRUE\0")
                        .u8(0, 1)
                        .toArray();
        };
    }

    private static byte[] floating(int bytes, int mantissa, int exponent) {
        return new Hdf5Bytes()
                .u8(0x11, 0x20, 8 * bytes - 1, 0)
                .u32(bytes)
                .u16(0)
                .u16(8 * bytes)
                .u8(mantissa, exponent, 0, mantissa)
                .u32((1 << exponent - 1) - 1)
                .toArray();
    }

    private static byte[] whole(int bytes, boolean signed) {
        return new Hdf5Bytes()
                .u8(0x10, signed ? 8 : 0, 0, 0)
                .u32(bytes)
                .u16(0)
                .u16(8 * bytes)
                .toArray();
    }

    /** A string of any length in UTF-8. */
    static byte[] textType() {
        return new Hdf5Bytes()
                .u8(0x19, 1, 1, 0)
                .u32(16)
                .u8(0x13, 0x10, 0, 0)
                .u32(1)
                .toArray();
    }
}
