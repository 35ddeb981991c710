package dev.lamina.backend.cpu;

import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Partial results of a reduction, as many as asked for: doubles for floats, longs for integers and bool. The order of
 * combination is fixed by the calls and the run lengths. A slot is written by one thread.
 */
final class Accumulator {
    private static final double[] NO_DOUBLES = {};
    private static final long[] NO_LONGS = {};

    private final Kind kind;
    private final Lane lane;
    private final double[] doubles;
    private final long[] longs;

    Accumulator(Kind kind, DType dtype, int slots) {
        this.kind = kind;
        this.lane = Lane.wide(dtype);
        this.doubles = lane == Lane.LONG ? NO_DOUBLES : new double[slots];
        this.longs = lane == Lane.LONG ? new long[slots] : NO_LONGS;
    }

    /** Forgets what was combined. */
    void reset() {
        Arrays.fill(doubles, nothing());
        Arrays.fill(longs, nothingWhole());
    }

    private double nothing() {
        return switch (kind) {
            case SUM, MEAN -> 0;
            case MAX -> Double.NEGATIVE_INFINITY;
            case MIN -> Double.POSITIVE_INFINITY;
        };
    }

    private long nothingWhole() {
        return switch (kind) {
            case SUM, MEAN -> 0;
            case MAX -> Long.MIN_VALUE;
            case MIN -> Long.MAX_VALUE;
        };
    }

    /** Sets the first elements of a block to what changes nothing when it is combined. */
    void clear(Block block, int n) {
        if (lane == Lane.LONG) {
            Arrays.fill(block.longs, 0, n, nothingWhole());
        } else {
            Arrays.fill(block.doubles, 0, n, nothing());
        }
    }

    /** Combines the first elements of a block with those of another. */
    void combineBlocks(Block into, Block block, int n) {
        if (lane == Lane.LONG) {
            each(into.longs, 0, block.longs, 0, n);
        } else {
            each(into.doubles, 0, block.doubles, 0, n);
        }
    }

    /** Combines the block's elements {@code at} to {@code at + n} into one slot. */
    void addRun(int slot, Block block, int at, int n) {
        if (lane == Lane.LONG) {
            longs[slot] = combine(longs[slot], run(block.longs, at, n));
        } else {
            doubles[slot] = combine(doubles[slot], run(block.doubles, at, n));
        }
    }

    /** Combines the block's elements {@code at} to {@code at + n} each into a slot of its own, from {@code slot} on. */
    void addEach(int slot, Block block, int at, int n) {
        if (lane == Lane.LONG) {
            each(longs, slot, block.longs, at, n);
        } else {
            each(doubles, slot, block.doubles, at, n);
        }
    }

    /** Combines slots of this accumulator into others of it. */
    void merge(int into, int from, int n) {
        if (lane == Lane.LONG) {
            each(longs, into, longs, from, n);
        } else {
            each(doubles, into, doubles, from, n);
        }
    }

    /** Writes slots to memory; a mean is divided by its count first. */
    void store(int slot, MemorySegment data, DType dtype, long index, int n, long count) {
        if (lane == Lane.LONG) {
            Transfer.store(longs, slot, data, dtype, index, n);
            return;
        }
        if (kind == Kind.MEAN) {
            for (int i = slot; i < slot + n; i++) {
                doubles[i] /= count;
            }
        }
        Transfer.store(doubles, slot, data, dtype, index, n);
    }

    private double combine(double a, double b) {
        return switch (kind) {
            case SUM, MEAN -> a + b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }

    private long combine(long a, long b) {
        return switch (kind) {
            case SUM, MEAN -> a + b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }

    private double run(double[] x, int at, int n) {
        return switch (kind) {
            case SUM, MEAN -> sum(x, at, n);
            case MAX -> {
                double max = Double.NEGATIVE_INFINITY;
                for (int i = at; i < at + n; i++) {
                    max = Math.max(max, x[i]);
                }
                yield max;
            }
            case MIN -> {
                double min = Double.POSITIVE_INFINITY;
                for (int i = at; i < at + n; i++) {
                    min = Math.min(min, x[i]);
                }
                yield min;
            }
        };
    }

    private long run(long[] x, int at, int n) {
        return switch (kind) {
            case SUM, MEAN -> {
                long sum = 0;
                for (int i = at; i < at + n; i++) {
                    sum += x[i];
                }
                yield sum;
            }
            case MAX -> {
                long max = Long.MIN_VALUE;
                for (int i = at; i < at + n; i++) {
                    max = Math.max(max, x[i]);
                }
                yield max;
            }
            case MIN -> {
                long min = Long.MAX_VALUE;
                for (int i = at; i < at + n; i++) {
                    min = Math.min(min, x[i]);
                }
                yield min;
            }
        };
    }

    /** A sum in four strands, since additions that wait for each other are slow. */
    static double sum(double[] x, int at, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int end = at + n;
        int i = at;
        for (; i + 3 < end; i += 4) {
            s0 += x[i];
            s1 += x[i + 1];
            s2 += x[i + 2];
            s3 += x[i + 3];
        }
        for (; i < end; i++) {
            s0 += x[i];
        }
        return s0 + s1 + (s2 + s3);
    }

    private void each(double[] to, int slot, double[] x, int at, int n) {
        switch (kind) {
            case SUM, MEAN -> {
                for (int i = 0; i < n; i++) {
                    to[slot + i] += x[at + i];
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    to[slot + i] = Math.max(to[slot + i], x[at + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    to[slot + i] = Math.min(to[slot + i], x[at + i]);
                }
            }
        }
    }

    private void each(long[] to, int slot, long[] x, int at, int n) {
        switch (kind) {
            case SUM, MEAN -> {
                for (int i = 0; i < n; i++) {
                    to[slot + i] += x[at + i];
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    to[slot + i] = Math.max(to[slot + i], x[at + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    to[slot + i] = Math.min(to[slot + i], x[at + i]);
                }
            }
        }
    }
}
