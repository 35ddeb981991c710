package dev.lamina.backend.cpu;

import dev.lamina.ops.RandomOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Philox;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Random numbers by {@link Philox}, as {@link RandomOp} defines them. A float64 uniform number is word {@code w0}
 * followed by the upper 21 bits of word {@code w1}, as a fraction of 2^53. A bfloat16 or float16 uniform number is the
 * float32 one rounded towards zero, a normal one the nearest.
 */
final class RandomKernels {
    /** Elements, a multiple of the block's four. */
    private static final long CHUNK = Scratch.SIZE;

    /** Turns the words of one generator block into elements. */
    private interface Draw {
        void elements(int[] words, double[] to, int at);
    }

    private final CpuThreads threads;

    RandomKernels(CpuThreads threads) {
        this.threads = threads;
    }

    void run(RandomOp op, Operand[] inputs, Operand[] outputs) {
        switch (op) {
            case RandomOp.Uniform uniform -> {
                if (uniform.dtype() == DType.FLOAT64) {
                    fill(inputs[0], outputs[0], 2, RandomKernels::uniformDoubles);
                } else {
                    fill(inputs[0], outputs[0], 4, (words, to, at) -> uniformFloats(uniform.dtype(), words, to, at));
                }
            }
            case RandomOp.Normal _ -> fill(inputs[0], outputs[0], 4, RandomKernels::normals);
        }
    }

    private static void uniformFloats(DType dtype, int[] words, double[] to, int at) {
        for (int i = 0; i < 4; i++) {
            to[at + i] = truncated((words[i] >>> 8) * 0x1p-24f, dtype);
        }
    }

    /** The number of that type next to a float in the direction of zero: rounding to nearest could give 1. */
    private static float truncated(float value, DType dtype) {
        if (dtype == DType.BFLOAT16) {
            return Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
        }
        if (dtype == DType.FLOAT16) {
            short nearest = Float.floatToFloat16(value);
            return Float.float16ToFloat(Float.float16ToFloat(nearest) > value ? (short) (nearest - 1) : nearest);
        }
        return value;
    }

    private static void uniformDoubles(int[] words, double[] to, int at) {
        for (int i = 0; i < 2; i++) {
            long high = words[2 * i] & 0xffffffffL;
            to[at + i] = (high << 21 | words[2 * i + 1] >>> 11) * 0x1p-53;
        }
    }

    private static void normals(int[] words, double[] to, int at) {
        for (int i = 0; i < 4; i += 2) {
            double u = ((words[i] & 0xffffffffL) + 1) * 0x1p-32;
            double angle = 2 * Math.PI * ((words[i + 1] & 0xffffffffL) * 0x1p-32);
            double radius = Math.sqrt(-2 * Math.log(u));
            to[at + i] = radius * Math.cos(angle);
            to[at + i + 1] = radius * Math.sin(angle);
        }
    }

    /** Draws all elements, so many a generator block. */
    private void fill(Operand state, Operand y, int perBlock, Draw draw) {
        MemorySegment generator = CpuBuffer.data(state);
        long seed = generator.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        long draws = generator.get(ValueLayout.JAVA_LONG_UNALIGNED, 8);
        MemorySegment out = CpuBuffer.data(y);
        long elements = y.shape().elements();
        threads.parallelFor(Math.ceilDiv(elements, CHUNK), 2, (part, first, last) -> {
            double[] values = Scratch.current().block(0).doubles;
            int[] words = new int[4];
            for (long chunk = first; chunk < last; chunk++) {
                long at = chunk * CHUNK;
                int n = (int) Math.min(CHUNK, elements - at);
                for (int i = 0; i < n; i += perBlock) {
                    Philox.block(seed, draws, (at + i) / perBlock, words);
                    draw.elements(words, values, i);
                }
                Transfer.store(values, 0, out, y.dtype(), at, n);
            }
        });
    }
}
