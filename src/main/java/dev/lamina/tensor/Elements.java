package dev.lamina.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads and writes single elements of any type in host memory. bfloat16 and float16 round to nearest even; integers are
 * truncated towards zero; bool is {@code value != 0}.
 */
public final class Elements {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private Elements() {}

    public static double getDouble(MemorySegment data, DType dtype, long index) {
        return switch (dtype) {
            case FLOAT32 -> data.get(FLOAT, index * 4);
            case FLOAT64 -> data.get(DOUBLE, index * 8);
            case BFLOAT16 -> bfloat16ToFloat(data.get(SHORT, index * 2));
            case FLOAT16 -> Float.float16ToFloat(data.get(SHORT, index * 2));
            case INT32, INT64, UINT8, BOOL -> (double) getLong(data, dtype, index);
        };
    }

    public static long getLong(MemorySegment data, DType dtype, long index) {
        return switch (dtype) {
            case INT32 -> data.get(INT, index * 4);
            case INT64 -> data.get(LONG, index * 8);
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, index) & 0xff;
            case BOOL -> data.get(ValueLayout.JAVA_BYTE, index) != 0 ? 1 : 0;
            case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> (long) getDouble(data, dtype, index);
        };
    }

    public static void setDouble(MemorySegment data, DType dtype, long index, double value) {
        switch (dtype) {
            case FLOAT32 -> data.set(FLOAT, index * 4, (float) value);
            case FLOAT64 -> data.set(DOUBLE, index * 8, value);
            case BFLOAT16 -> data.set(SHORT, index * 2, floatToBfloat16((float) value));
            case FLOAT16 -> data.set(SHORT, index * 2, Float.floatToFloat16((float) value));
            case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) (value != 0 ? 1 : 0));
            case INT32, INT64, UINT8 -> setLong(data, dtype, index, (long) value);
        }
    }

    public static void setLong(MemorySegment data, DType dtype, long index, long value) {
        switch (dtype) {
            case INT32 -> data.set(INT, index * 4, (int) value);
            case INT64 -> data.set(LONG, index * 8, value);
            case UINT8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) value);
            case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) (value != 0 ? 1 : 0));
            case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> setDouble(data, dtype, index, (double) value);
        }
    }

    /** The float whose upper half these 16 bits are. */
    public static float bfloat16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The nearest bfloat16, ties to even; a NaN stays a (quiet) NaN. */
    public static short floatToBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
