package dev.lamina.tensor;

/**
 * The counter-based random number generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As
 * Easy as 1, 2, 3", 2011): ten rounds of multiplication turn a 128-bit counter and a 64-bit key into four random 32-bit
 * words. Every block can be computed by itself, so any number of threads, and the CPU and CUDA, draw the same numbers.
 */
public final class Philox {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int KEY_STEP_0 = 0x9E3779B9;
    private static final int KEY_STEP_1 = 0xBB67AE85;

    private Philox() {}

    /**
     * Computes four words.
     *
     * @param seed the key
     * @param draws the upper half of the counter
     * @param block the lower half of the counter
     * @param out4 receives the words
     */
    public static void block(long seed, long draws, long block, int[] out4) {
        int c0 = (int) block;
        int c1 = (int) (block >>> 32);
        int c2 = (int) draws;
        int c3 = (int) (draws >>> 32);
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (c0 & 0xffffffffL);
            long product1 = MULTIPLIER_1 * (c2 & 0xffffffffL);
            c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
            c1 = (int) product1;
            c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
            c3 = (int) product0;
            k0 += KEY_STEP_0;
            k1 += KEY_STEP_1;
        }
        out4[0] = c0;
        out4[1] = c1;
        out4[2] = c2;
        out4[3] = c3;
    }
}
