package dev.lamina.backend.cpu;

/**
 * The exponential function and its kin over whole arrays, to more than float32's precision, by additions and
 * multiplications alone, which takes less time than {@link Math#exp}.
 *
 * <p>With {@code y = x / 1024}, {@code exp(x) = exp(y)^1024}: the Taylor polynomial of degree 8, whose relative error
 * is below 3e-15 for the {@code x} whose results float32 can hold, squared ten times. {@code exp(x) - 1} likewise, with
 * {@code exp(2y) - 1 = e (e + 2)} for {@code e = exp(y) - 1}, which keeps small results exact.
 */
final class Exponential {
    private static final double SCALE = 1.0 / 1024;

    /** Beyond it the results are 0 or infinite in float64, too. */
    private static final double MOST = 750;

    /** Beyond it tanh is 1 in float32. */
    private static final double TANH_MOST = 20;

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

    private static double expm1(double x) {
        double e = less(x * SCALE);
        e *= e + 2;
        e *= e + 2;
        e *= e + 2;
        e *= e + 2;
        e *= e + 2;
        e *= e + 2;
        e *= e + 2;
        e *= e + 2;
        e *= e + 2;
        return e * (e + 2);
    }

    /** In place. */
    static void exp(double[] x, int n) {
        for (int i = 0; i < n; i++) {
            x[i] = exp(x[i]);
        }
    }

    static void exp(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (float) exp((double) x[i]);
        }
    }

    static void expm1(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (float) expm1(Math.max(-MOST, Math.min(MOST, x[i])));
        }
    }

    static void sigmoid(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (float) (1 / (1 + exp((double) -x[i])));
        }
    }

    static void silu(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (float) (x[i] / (1 + exp((double) -x[i])));
        }
    }

    static void tanh(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            double e = expm1(2 * Math.max(-TANH_MOST, Math.min(TANH_MOST, x[i])));
            y[i] = (float) (e / (e + 2));
        }
    }
}
