package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.math.BigInteger;

/** Philox4x32-10 (Salmon et al., 2011) written with big integers, and the distributions made of it. */
final class RandomDefinitions {
    private static final long MASK = 0xffffffffL;

    private RandomDefinitions() {}

    /** Encrypts four 32-bit words with a key of two. */
    static long[] philox(long[] counter, long[] key) {
        long[] c = counter.clone();
        long[] k = key.clone();
        for (int round = 0; round < 10; round++) {
            BigInteger first = BigInteger.valueOf(c[0]).multiply(BigInteger.valueOf(0xD2511F53L));
            BigInteger second = BigInteger.valueOf(c[2]).multiply(BigInteger.valueOf(0xCD9E8D57L));
            c = new long[] {
                high(second) ^ c[1] ^ k[0],
                second.longValue() & MASK,
                high(first) ^ c[3] ^ k[1],
                first.longValue() & MASK
            };
            k[0] = k[0] + 0x9E3779B9L & MASK;
            k[1] = k[1] + 0xBB67AE85L & MASK;
        }
        return c;
    }

    private static long high(BigInteger product) {
        return product.shiftRight(32).longValueExact();
    }

    private static long[] words(HostArray state, long block) {
        long seed = state.getLong(0);
        long draws = state.getLong(1);
        return philox(
                new long[] {block & MASK, block >>> 32, draws & MASK, draws >>> 32},
                new long[] {seed & MASK, seed >>> 32});
    }

    static double[] uniform(RandomOp.Uniform op, HostArray state) {
        double[] values = new double[(int) op.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            long[] words = words(state, i / (op.dtype() == DType.FLOAT64 ? 2 : 4));
            double single = (words[i % 4] >> 8) / 0x1p24;
            values[i] = switch (op.dtype()) {
                case FLOAT64 -> (words[i % 2 * 2] * 0x1p21 + (words[i % 2 * 2 + 1] >> 11)) / 0x1p53;
                case FLOAT32 -> single;
                case BFLOAT16 -> towardsZero(single, 8);
                // Subnormal float16 numbers are the multiples of 2^-24, as all of these are.
                case FLOAT16 -> single < 0x1p-14 ? single : towardsZero(single, 11);
                case INT32, INT64, UINT8, BOOL -> throw new IllegalArgumentException("not floating: " + op);
            };
        }
        return values;
    }

    /** Without the bits behind so many significant ones. */
    private static double towardsZero(double x, int bits) {
        double unit = Math.scalb(1.0, Math.getExponent(x) - bits + 1);
        return x == 0 ? 0 : Math.floor(x / unit) * unit;
    }

    static double[] normal(RandomOp.Normal op, HostArray state) {
        double[] values = new double[(int) op.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            long[] words = words(state, i / 4);
            int pair = i % 4 / 2 * 2;
            double radius = Math.sqrt(-2 * StrictMath.log((words[pair] + 1) / 0x1p32));
            double angle = 2 * Math.PI * (words[pair + 1] / 0x1p32);
            values[i] = radius * (i % 2 == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle));
        }
        return values;
    }
}
