package dev.lamina.data;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The element types that files hold; those that Lamina has no type for are widened. */
enum RawType {
    BOOL(1, DType.BOOL),
    UINT8(1, DType.UINT8),
    INT8(1, DType.INT32),
    UINT16(2, DType.INT32),
    INT16(2, DType.INT32),
    UINT32(4, DType.INT64),
    INT32(4, DType.INT32),
    INT64(8, DType.INT64),
    FLOAT16(2, DType.FLOAT16),
    FLOAT32(4, DType.FLOAT32),
    FLOAT64(8, DType.FLOAT64);

    private static final ByteOrder OTHER_ORDER =
            ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;

    private final int bytes;
    private final DType dtype;

    RawType(int bytes, DType dtype) {
        this.bytes = bytes;
        this.dtype = dtype;
    }

    /** The size of one element in the file. */
    int bytes() {
        return bytes;
    }

    /** The type after reading. */
    DType dtype() {
        return dtype;
    }

    /** The array that these bytes of a file mean. The memory may be changed and become the array's. */
    HostArray decode(MemorySegment data, ByteOrder order, Shape shape) {
        if (order != ByteOrder.nativeOrder()) {
            swap(data, bytes);
        }
        if (this == BOOL) {
            for (long i = 0; i < data.byteSize(); i++) {
                data.set(ValueLayout.JAVA_BYTE, i, (byte) (data.get(ValueLayout.JAVA_BYTE, i) != 0 ? 1 : 0));
            }
        }
        if (bytes == dtype.bytes()) {
            return HostArray.over(data, shape, dtype);
        }
        HostArray wide = HostArray.zeros(shape, dtype);
        for (long i = 0, n = wide.elements(); i < n; i++) {
            wide.setLong(i, narrow(data, i));
        }
        return wide;
    }

    private long narrow(MemorySegment data, long index) {
        return switch (this) {
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, index);
            case INT16 -> data.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2);
            case UINT16 -> data.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2) & 0xffff;
            case UINT32 -> data.get(ValueLayout.JAVA_INT_UNALIGNED, index * 4) & 0xffff_ffffL;
            case BOOL, UINT8, INT32, INT64, FLOAT16, FLOAT32, FLOAT64 ->
                throw new IllegalStateException("[RawType] expected a type to widen; received " + this + ".");
        };
    }

    /** Reverses the bytes of every element of this width. */
    static void swap(MemorySegment data, int width) {
        switch (width) {
            case 2 -> {
                ValueLayout.OfShort from = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(OTHER_ORDER);
                for (long i = 0; i < data.byteSize(); i += 2) {
                    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, i, data.get(from, i));
                }
            }
            case 4 -> {
                ValueLayout.OfInt from = ValueLayout.JAVA_INT_UNALIGNED.withOrder(OTHER_ORDER);
                for (long i = 0; i < data.byteSize(); i += 4) {
                    data.set(ValueLayout.JAVA_INT_UNALIGNED, i, data.get(from, i));
                }
            }
            case 8 -> {
                ValueLayout.OfLong from = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(OTHER_ORDER);
                for (long i = 0; i < data.byteSize(); i += 8) {
                    data.set(ValueLayout.JAVA_LONG_UNALIGNED, i, data.get(from, i));
                }
            }
            default -> {
                // One byte has no order.
            }
        }
    }

    /**
     * The bytes that an array of this type and shape takes in a file, or -1 when they are more than a long counts.
     * Sizes of 0 don't hide absurd ones beside them.
     */
    long fileBytes(Shape shape) {
        long product = bytes;
        boolean empty = false;
        for (int size : shape.sizes()) {
            if (Math.multiplyHigh(product, Math.max(1, size)) != 0 || product * Math.max(1, size) < 0) {
                return -1;
            }
            product *= Math.max(1, size);
            empty |= size == 0;
        }
        return empty ? 0 : product;
    }
}
