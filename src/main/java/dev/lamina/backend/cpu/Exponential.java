package dev.lamina.backend.cpu;

/**
 * The exponential function over an array, to more than float32's precision, by additions and multiplications alone: the
 * JIT compiler vectorises that, and not the {@linkplain FloatMath#exp shorter way} by the bits of a number.
 *
 * <p>With {@code y = x / 1024}, {@code exp(x) = exp(y)^1024}: the Taylor polynomial of degree 8, whose relative error
 * is below 3e-15 for the {@code x} whose results float32 can hold, squared ten times.
 */
final class Exponential {
    private static final double SCALE = 1.0 / 1024;

    /** Beyond it the results are 0 or infinite in float64, too. */
    private static final double MOST = 750;

    private static final double C2 = 1.0 / 2;
    private static final double C3 = 1.0 / 6;
    private static final double C4 = 1.0 / 24;
    private static final double C5 = 1.0 / 120;
    private static final double C6 = 1.0 / 720;
    private static final double C7 = 1.0 / 5040;
    private static final double C8 = 1.0 / 40320;

    private Exponential() {}

    /** {@code exp(y) - 1} for small y. */
    private static double less(double y) {
        return y * (1 + y * (C2 + y * (C3 + y * (C4 + y * (C5 + y * (C6 + y * (C7 + y * C8)))))));
    }

    private static double exp(double x) {
        double p = 1 + less(Math.max(-MOST, Math.min(MOST, x)) * SCALE);
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        return p * p;
    }

    /** In place. */
    static void exp(double[] x, int n) {
        for (int i = 0; i < n; i++) {
            x[i] = exp(x[i]);
        }
    }
}
