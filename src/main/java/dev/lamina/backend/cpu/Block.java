package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** {@link Scratch#SIZE} elements in one of three Java types. */
final class Block {
    final float[] floats = new float[Scratch.SIZE];
    final MemorySegment floatMemory = MemorySegment.ofArray(floats);
    final double[] doubles = new double[Scratch.SIZE];
    final MemorySegment doubleMemory = MemorySegment.ofArray(doubles);
    final long[] longs = new long[Scratch.SIZE];

    void load(Lane lane, MemorySegment data, DType dtype, long index, int at, int n) {
        switch (lane) {
            case FLOAT -> Transfer.load(data, dtype, index, floats, at, n);
            case DOUBLE -> Transfer.load(data, dtype, index, doubles, at, n);
            case LONG -> Transfer.load(data, dtype, index, longs, at, n);
        }
    }

    void store(Lane lane, MemorySegment data, DType dtype, long index, int n) {
        switch (lane) {
            case FLOAT -> Transfer.store(floats, 0, data, dtype, index, n);
            case DOUBLE -> Transfer.store(doubles, 0, data, dtype, index, n);
            case LONG -> Transfer.store(longs, 0, data, dtype, index, n);
        }
    }

    /** Rounds the first {@code n} floats to a 16-bit type. */
    void round(DType half, int n) {
        Transfer.round(floats, half == DType.BFLOAT16, n);
    }

    /** Sets the first {@code n} elements to a number. */
    void set(Lane lane, double value, int n) {
        switch (lane) {
            case FLOAT -> Arrays.fill(floats, 0, n, (float) value);
            case DOUBLE -> Arrays.fill(doubles, 0, n, value);
            case LONG -> Arrays.fill(longs, 0, n, (long) value);
        }
    }

    /** Repeats the element at {@code at} over the {@code n} elements from there on. */
    void fill(Lane lane, int at, int n) {
        switch (lane) {
            case FLOAT -> Arrays.fill(floats, at, at + n, floats[at]);
            case DOUBLE -> Arrays.fill(doubles, at, at + n, doubles[at]);
            case LONG -> Arrays.fill(longs, at, at + n, longs[at]);
        }
    }

    /** Repeats the first {@code period} elements until {@code n} are filled. */
    void repeat(Lane lane, int period, int n) {
        Object array = switch (lane) {
            case FLOAT -> floats;
            case DOUBLE -> doubles;
            case LONG -> longs;
        };
        for (int filled = period; filled < n; filled *= 2) {
            System.arraycopy(array, 0, array, filled, Math.min(filled, n - filled));
        }
    }

    /**
     * {@code condition ? a : b} for each element; the conditions are longs, 0 or 1. By bits, since random branches are
     * slow.
     */
    void select(Lane lane, Block condition, Block a, Block b, int n) {
        long[] test = condition.longs;
        switch (lane) {
            case FLOAT -> {
                for (int i = 0; i < n; i++) {
                    int yes = Float.floatToRawIntBits(a.floats[i]);
                    int no = Float.floatToRawIntBits(b.floats[i]);
                    floats[i] = Float.intBitsToFloat(no ^ (yes ^ no) & -(int) test[i]);
                }
            }
            case DOUBLE -> {
                for (int i = 0; i < n; i++) {
                    long yes = Double.doubleToRawLongBits(a.doubles[i]);
                    long no = Double.doubleToRawLongBits(b.doubles[i]);
                    doubles[i] = Double.longBitsToDouble(no ^ (yes ^ no) & -test[i]);
                }
            }
            case LONG -> {
                for (int i = 0; i < n; i++) {
                    longs[i] = b.longs[i] ^ (a.longs[i] ^ b.longs[i]) & -test[i];
                }
            }
        }
    }

    /** Adds another block's elements to this one's. */
    void addFrom(Lane lane, Block other, int n) {
        switch (lane) {
            case FLOAT -> {
                for (int i = 0; i < n; i++) {
                    floats[i] += other.floats[i];
                }
            }
            case DOUBLE -> {
                for (int i = 0; i < n; i++) {
                    doubles[i] += other.doubles[i];
                }
            }
            case LONG -> {
                for (int i = 0; i < n; i++) {
                    longs[i] += other.longs[i];
                }
            }
        }
    }

    /**
     * Converts elements from another lane: to integers towards zero, to bool ({@code bool}, in the lane {@code LONG})
     * as {@code x != 0}.
     */
    void convert(Lane to, Lane from, Block source, boolean bool, int n) {
        switch (to) {
            case FLOAT -> toFloats(from, source, n);
            case DOUBLE -> toDoubles(from, source, n);
            case LONG -> toLongs(from, source, bool, n);
        }
    }

    private void toFloats(Lane from, Block source, int n) {
        switch (from) {
            case FLOAT -> System.arraycopy(source.floats, 0, floats, 0, n);
            case DOUBLE -> {
                for (int i = 0; i < n; i++) {
                    floats[i] = (float) source.doubles[i];
                }
            }
            case LONG -> {
                for (int i = 0; i < n; i++) {
                    floats[i] = source.longs[i];
                }
            }
        }
    }

    private void toDoubles(Lane from, Block source, int n) {
        switch (from) {
            case FLOAT -> {
                for (int i = 0; i < n; i++) {
                    doubles[i] = source.floats[i];
                }
            }
            case DOUBLE -> System.arraycopy(source.doubles, 0, doubles, 0, n);
            case LONG -> {
                for (int i = 0; i < n; i++) {
                    doubles[i] = source.longs[i];
                }
            }
        }
    }

    private void toLongs(Lane from, Block source, boolean bool, int n) {
        switch (from) {
            case FLOAT -> {
                for (int i = 0; i < n; i++) {
                    longs[i] = bool ? source.floats[i] != 0 ? 1 : 0 : (long) source.floats[i];
                }
            }
            case DOUBLE -> {
                for (int i = 0; i < n; i++) {
                    longs[i] = bool ? source.doubles[i] != 0 ? 1 : 0 : (long) source.doubles[i];
                }
            }
            case LONG -> System.arraycopy(source.longs, 0, longs, 0, n);
        }
    }
}
