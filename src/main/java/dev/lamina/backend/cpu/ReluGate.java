package dev.lamina.backend.cpu;

import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * {@code s > 0 ? dy : 0} over float32 arrays, by their bits: a branch that goes either way at random costs ten times as
 * much, and the JIT compiler does not vectorise loops that turn floats into bits.
 */
final class ReluGate implements Runnable, Gemm.Epilogue {
    private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT_UNALIGNED;

    /** With less than two of these to do a second thread does not pay. */
    private static final long GRAIN = 16 << 10;

    private static final long NATIVE_GRAIN = 32 << 10;

    private final CpuThreads threads;
    private final MemorySegment saved;
    private final MemorySegment dy;
    private final MemorySegment dx;
    private final long elements;
    private final boolean natively;
    private final CpuThreads.RangeBody body = this::run;

    /** @param natively whether the native loop runs, which gives the same bits */
    ReluGate(CpuThreads threads, Operand saved, Operand dy, Operand dx, boolean natively) {
        this.threads = threads;
        this.saved = CpuBuffer.data(saved);
        this.dy = CpuBuffer.data(dy);
        this.dx = CpuBuffer.data(dx);
        this.elements = dx.shape().elements();
        this.natively = natively;
    }

    @Override
    public void run() {
        threads.parallelFor(elements, natively ? NATIVE_GRAIN : GRAIN, body);
    }

    /** After a product, whose result is {@code dy} and {@code dx}. */
    @Override
    public Optional<Products.Epilogue> inProduct() {
        return Optional.of(new Products.Epilogue(Products.After.GATE, saved, false));
    }

    @Override
    public void run(int part, long from, long to) {
        if (natively) {
            Loops.gate(saved, dy, dx, from, to);
            return;
        }
        Scratch scratch = Scratch.current();
        int[] s = scratch.intRow(0, Scratch.SIZE);
        int[] d = scratch.intRow(1, Scratch.SIZE);
        int[] result = scratch.intRow(2, Scratch.SIZE);
        for (long at = from; at < to; at += Scratch.SIZE) {
            int n = (int) Math.min(Scratch.SIZE, to - at);
            MemorySegment.copy(saved, BITS, at * Float.BYTES, s, 0, n);
            MemorySegment.copy(dy, BITS, at * Float.BYTES, d, 0, n);
            gate(s, d, result, n);
            MemorySegment.copy(result, 0, dx, BITS, at * Float.BYTES, n);
        }
    }

    /**
     * {@code s} is positive if its bits are, as a whole number, from 1 to infinity's. Not in place: that loop stays
     * scalar.
     */
    private static void gate(int[] s, int[] d, int[] result, int n) {
        for (int i = 0; i < n; i++) {
            result[i] = d[i] & ((~s[i] & -s[i] & (s[i] - 0x7f800001)) >> 31);
        }
    }
}
