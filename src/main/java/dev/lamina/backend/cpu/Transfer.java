package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Copies runs of elements between memory and heap arrays, converting them. The conversions are those of
 * {@link Elements}. {@code index} counts elements from the beginning of the segment.
 */
final class Transfer {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private Transfer() {}

    static void load(MemorySegment data, DType dtype, long index, float[] to, int at, int n) {
        switch (dtype) {
            case FLOAT32 -> MemorySegment.copy(data, FLOAT, index * 4, to, at, n);
            case BFLOAT16, FLOAT16 -> {
                short[] raw = Scratch.current().rawShorts;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    MemorySegment.copy(data, SHORT, (index + done) * 2, raw, 0, run);
                    widen(raw, dtype == DType.BFLOAT16, to, at + done, run);
                }
            }
            case FLOAT64, INT32, INT64, UINT8, BOOL -> throw mismatch(dtype, Lane.FLOAT);
        }
    }

    private static void widen(short[] raw, boolean brain, float[] to, int at, int n) {
        if (brain) {
            for (int i = 0; i < n; i++) {
                to[at + i] = Float.intBitsToFloat(raw[i] << 16);
            }
        } else {
            for (int i = 0; i < n; i++) {
                to[at + i] = Float.float16ToFloat(raw[i]);
            }
        }
    }

    /** Rounds floats to bfloat16 or, without {@code brain}, to float16. */
    static void round(float[] values, boolean brain, int n) {
        short[] raw = Scratch.current().rawShorts;
        narrow(values, 0, brain, raw, n);
        widen(raw, brain, values, 0, n);
    }

    static void load(MemorySegment data, DType dtype, long index, double[] to, int at, int n) {
        switch (dtype) {
            case FLOAT64 -> MemorySegment.copy(data, DOUBLE, index * 8, to, at, n);
            case FLOAT32, BFLOAT16, FLOAT16 -> {
                float[] raw = Scratch.current().rawFloats;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    load(data, dtype, index + done, raw, 0, run);
                    for (int i = 0; i < run; i++) {
                        to[at + done + i] = raw[i];
                    }
                }
            }
            case INT32, INT64, UINT8, BOOL -> throw mismatch(dtype, Lane.DOUBLE);
        }
    }

    static void load(MemorySegment data, DType dtype, long index, long[] to, int at, int n) {
        switch (dtype) {
            case INT64 -> MemorySegment.copy(data, LONG, index * 8, to, at, n);
            case INT32 -> {
                int[] raw = Scratch.current().rawInts;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    MemorySegment.copy(data, INT, (index + done) * 4, raw, 0, run);
                    for (int i = 0; i < run; i++) {
                        to[at + done + i] = raw[i];
                    }
                }
            }
            case UINT8, BOOL -> {
                byte[] raw = Scratch.current().rawBytes;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    MemorySegment.copy(data, BYTE, index + done, raw, 0, run);
                    fromBytes(raw, dtype == DType.BOOL, to, at + done, run);
                }
            }
            case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> throw mismatch(dtype, Lane.LONG);
        }
    }

    private static void fromBytes(byte[] raw, boolean bool, long[] to, int at, int n) {
        if (bool) {
            for (int i = 0; i < n; i++) {
                to[at + i] = raw[i] != 0 ? 1 : 0;
            }
        } else {
            for (int i = 0; i < n; i++) {
                to[at + i] = raw[i] & 0xff;
            }
        }
    }

    static void store(float[] from, int at, MemorySegment data, DType dtype, long index, int n) {
        switch (dtype) {
            case FLOAT32 -> MemorySegment.copy(from, at, data, FLOAT, index * 4, n);
            case BFLOAT16, FLOAT16 -> {
                short[] raw = Scratch.current().rawShorts;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    narrow(from, at + done, dtype == DType.BFLOAT16, raw, run);
                    MemorySegment.copy(raw, 0, data, SHORT, (index + done) * 2, run);
                }
            }
            case FLOAT64, INT32, INT64, UINT8, BOOL -> throw mismatch(dtype, Lane.FLOAT);
        }
    }

    private static void narrow(float[] from, int at, boolean brain, short[] raw, int n) {
        if (brain) {
            for (int i = 0; i < n; i++) {
                raw[i] = Elements.floatToBfloat16(from[at + i]);
            }
        } else {
            for (int i = 0; i < n; i++) {
                raw[i] = Float.floatToFloat16(from[at + i]);
            }
        }
    }

    static void store(double[] from, int at, MemorySegment data, DType dtype, long index, int n) {
        switch (dtype) {
            case FLOAT64 -> MemorySegment.copy(from, at, data, DOUBLE, index * 8, n);
            case FLOAT32, BFLOAT16, FLOAT16 -> {
                float[] raw = Scratch.current().rawFloats;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    for (int i = 0; i < run; i++) {
                        raw[i] = (float) from[at + done + i];
                    }
                    store(raw, 0, data, dtype, index + done, run);
                }
            }
            case INT32, INT64, UINT8, BOOL -> throw mismatch(dtype, Lane.DOUBLE);
        }
    }

    /** Integers keep their low bits; bool becomes {@code value != 0}. */
    static void store(long[] from, int at, MemorySegment data, DType dtype, long index, int n) {
        switch (dtype) {
            case INT64 -> MemorySegment.copy(from, at, data, LONG, index * 8, n);
            case INT32 -> {
                int[] raw = Scratch.current().rawInts;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    for (int i = 0; i < run; i++) {
                        raw[i] = (int) from[at + done + i];
                    }
                    MemorySegment.copy(raw, 0, data, INT, (index + done) * 4, run);
                }
            }
            case UINT8, BOOL -> {
                byte[] raw = Scratch.current().rawBytes;
                for (int done = 0; done < n; done += Scratch.SIZE) {
                    int run = Math.min(Scratch.SIZE, n - done);
                    toBytes(from, at + done, dtype == DType.BOOL, raw, run);
                    MemorySegment.copy(raw, 0, data, BYTE, index + done, run);
                }
            }
            case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> throw mismatch(dtype, Lane.LONG);
        }
    }

    private static void toBytes(long[] from, int at, boolean bool, byte[] raw, int n) {
        if (bool) {
            for (int i = 0; i < n; i++) {
                raw[i] = (byte) (from[at + i] != 0 ? 1 : 0);
            }
        } else {
            for (int i = 0; i < n; i++) {
                raw[i] = (byte) from[at + i];
            }
        }
    }

    private static IllegalArgumentException mismatch(DType dtype, Lane lane) {
        return new IllegalArgumentException(
                "[cpu] expected a type that " + lane + " holds; received " + dtype + ". This is a bug in Lamina.");
    }
}
