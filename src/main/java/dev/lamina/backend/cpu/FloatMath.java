package dev.lamina.backend.cpu;

/**
 * Functions of float32 numbers, computed in float64 to more than float32's precision, by additions, multiplications,
 * divisions and choices alone: so that a C compiler vectorises them. {@code functions.c} has the same operations in the
 * same order, and gives the same bits.
 *
 * <p>{@code exp(x) = 2^k exp(r)} with {@code k} the nearest whole number to {@code x / log 2}, and {@code exp(r) - 1}
 * by its Taylor polynomial of degree 10, whose error is below 1e-12 for {@code |r| <= log(2) / 2}. {@code log(x)} takes
 * the power of two out as well; the rest, as {@code log1p}, is {@code 2 atanh(s)} with {@code s = x / (2 + x)}, by its
 * series. The error function is Cody's, as in {@link ScalarMath}.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // The coefficients of the error function are the paper's.
final class FloatMath {
    /** {@code sqrt(8 / pi)}. */
    private static final double BY_TANH_SCALE = 1.5957691216057307;

    private static final double BY_TANH_CUBIC = 0.044715;

    /** Beyond it the slope is 0 or 1. */
    private static final double BY_TANH_FAR = 40;

    private static final double INVERSE_LOG_2 = 1.4426950408889634;
    private static final double LOG_2 = 0.6931471805599453;

    /** A number of which the last digit counts ones, so that adding it rounds. */
    private static final double ROUNDER = 0x1.8p52;

    /** Where float64's exponential function is infinite, and where it is 0 here. */
    private static final double MOST = 709.79;

    private static final double LEAST = -708;

    /** Beyond it exp(x) - 1 is infinite in float32. */
    private static final double EXPM1_MOST = 200;

    /** Beyond it tanh is 1 in float32. */
    private static final double TANH_MOST = 20;

    private static final long BIAS = 1023;
    private static final int MANTISSA = 52;
    private static final long SQRT_HALF_BITS = Double.doubleToRawLongBits(0.7071067811865476);

    /** Bits of 2^52, whose mantissa takes a whole number, and what that then is too large by. */
    private static final long WHOLE_BITS = 0x433L << MANTISSA;

    private static final double WHOLE = 0x1p52 + 1024;

    private static final double SQRT_HALF = 0.7071067811865476;
    private static final double INVERSE_SQRT_PI = 0.5641895835477563;
    private static final double INVERSE_SQRT_2_PI = 0.3989422804014327;

    /** Up to here erf is a series in x, up to 4 erfc times exp(x^2) is one, beyond it one in 1 / x^2. */
    private static final double ERF_SMALL = 0.46875;

    private static final double ERF_MIDDLE = 4;

    /** Below it gelu is 0. */
    private static final double GELU_LEAST = -40;

    /** From here on {@code log(1 + x)} is precise for {@code log1p(x)}. */
    private static final double LOG1P_SMALL = 0.25;

    private FloatMath() {}

    /** {@code exp(r) - 1} for small r. */
    private static double less(double r) {
        double p = 1.0 / 3628800;
        p = p * r + 1.0 / 362880;
        p = p * r + 1.0 / 40320;
        p = p * r + 1.0 / 5040;
        p = p * r + 1.0 / 720;
        p = p * r + 1.0 / 120;
        p = p * r + 1.0 / 24;
        p = p * r + 1.0 / 6;
        p = p * r + 0.5;
        p = p * r + 1;
        return p * r;
    }

    static double exp(double x) {
        double inside = x < LEAST ? LEAST : x;
        inside = inside > MOST ? MOST : inside;
        double shifted = inside * INVERSE_LOG_2 + ROUNDER;
        double k = shifted - ROUNDER;
        double power = Double.longBitsToDouble(Double.doubleToRawLongBits(shifted) + BIAS << MANTISSA);
        double result = power * (1 + less(inside - k * LOG_2));
        return x < LEAST ? 0 : result;
    }

    static double expm1(double x) {
        double inside = x < LEAST ? LEAST : x;
        inside = inside > EXPM1_MOST ? EXPM1_MOST : inside;
        double shifted = inside * INVERSE_LOG_2 + ROUNDER;
        double k = shifted - ROUNDER;
        double power = Double.longBitsToDouble(Double.doubleToRawLongBits(shifted) + BIAS << MANTISSA);
        double e = less(inside - k * LOG_2);
        // For k = 0 the sum would be e as well, but for the sign of zero.
        double sum = power * e + (power - 1);
        return k == 0 ? e : sum;
    }

    static double tanh(double x) {
        double inside = x < -TANH_MOST ? -TANH_MOST : x;
        inside = inside > TANH_MOST ? TANH_MOST : inside;
        double e = expm1(2 * inside);
        return e / (e + 2);
    }

    static double sigmoid(double x) {
        return 1 / (1 + exp(-x));
    }

    static double silu(double x) {
        return x / (1 + exp(-x));
    }

    /** {@code 2 atanh(s)} for {@code |s| <= 1/3}. */
    private static double twiceAtanh(double s) {
        double z = s * s;
        double p = 1.0 / 25;
        p = p * z + 1.0 / 23;
        p = p * z + 1.0 / 21;
        p = p * z + 1.0 / 19;
        p = p * z + 1.0 / 17;
        p = p * z + 1.0 / 15;
        p = p * z + 1.0 / 13;
        p = p * z + 1.0 / 11;
        p = p * z + 1.0 / 9;
        p = p * z + 1.0 / 7;
        p = p * z + 1.0 / 5;
        p = p * z + 1.0 / 3;
        double twice = s + s;
        return twice + twice * (p * z);
    }

    /** {@code 2 atanh(s)} for {@code |s| <= 0.18}. */
    private static double nearAtanh(double s) {
        double z = s * s;
        double p = 1.0 / 17;
        p = p * z + 1.0 / 15;
        p = p * z + 1.0 / 13;
        p = p * z + 1.0 / 11;
        p = p * z + 1.0 / 9;
        p = p * z + 1.0 / 7;
        p = p * z + 1.0 / 5;
        p = p * z + 1.0 / 3;
        double twice = s + s;
        return twice + twice * (p * z);
    }

    static double log(double x) {
        long bits = Double.doubleToRawLongBits(x);
        long exponent = bits - SQRT_HALF_BITS + (1024L << MANTISSA) >>> MANTISSA;
        double m = Double.longBitsToDouble(bits - (exponent - 1024 << MANTISSA));
        double k = Double.longBitsToDouble(exponent | WHOLE_BITS) - WHOLE;
        double f = m - 1;
        return logOr(x, k * LOG_2 + nearAtanh(f / (2 + f)));
    }

    /** The logarithm of x, which is {@code result} where it is finite. */
    private static double logOr(double x, double result) {
        double some = x == Double.POSITIVE_INFINITY ? x : result;
        double none = x == 0 ? Double.NEGATIVE_INFINITY : Double.NaN;
        return x > 0 ? some : none;
    }

    static double log1p(double x) {
        double y = 1 + x;
        boolean small = x > -LOG1P_SMALL && x < LOG1P_SMALL;
        long bits = Double.doubleToRawLongBits(y);
        long exponent = bits - SQRT_HALF_BITS + (1024L << MANTISSA) >>> MANTISSA;
        double m = Double.longBitsToDouble(bits - (exponent - 1024 << MANTISSA));
        double k = Double.longBitsToDouble(exponent | WHOLE_BITS) - WHOLE;
        double f = small ? x : m - 1;
        double part = nearAtanh(f / (2 + f));
        double large = logOr(y, k * LOG_2 + part);
        return small ? part : large;
    }

    static double softplus(double x) {
        double size = x < 0 ? x : -x;
        double y = exp(size);
        double above = x > 0 ? x : 0;
        return above + twiceAtanh(y / (2 + y));
    }

    /** {@code erf(x)} for small x, {@code exp(x^2) erfc(|x|)} for others: one division of what fits. */
    private static double erfPart(double x) {
        double size = x < 0 ? -x : x;
        double square = x * x;
        double small = 1.85777706184603153e-1;
        small = small * square + 3.16112374387056560e0;
        small = small * square + 1.13864154151050156e2;
        small = small * square + 3.77485237685302021e2;
        small = small * square + 3.20937758913846947e3;
        double smallBelow = square + 2.36012909523441209e1;
        smallBelow = smallBelow * square + 2.44024637934444173e2;
        smallBelow = smallBelow * square + 1.28261652607737228e3;
        smallBelow = smallBelow * square + 2.84423683343917062e3;
        double middle = 2.15311535474403846e-8;
        middle = middle * size + 5.64188496988670089e-1;
        middle = middle * size + 8.88314979438837594e0;
        middle = middle * size + 6.61191906371416295e1;
        middle = middle * size + 2.98635138197400131e2;
        middle = middle * size + 8.81952221241769090e2;
        middle = middle * size + 1.71204761263407058e3;
        middle = middle * size + 2.05107837782607147e3;
        middle = middle * size + 1.23033935479799725e3;
        double middleBelow = size + 1.57449261107098347e1;
        middleBelow = middleBelow * size + 1.17693950891312499e2;
        middleBelow = middleBelow * size + 5.37181101862009858e2;
        middleBelow = middleBelow * size + 1.62138957456669019e3;
        middleBelow = middleBelow * size + 3.29079923573345963e3;
        middleBelow = middleBelow * size + 4.36261909014324716e3;
        middleBelow = middleBelow * size + 3.43936767414372164e3;
        middleBelow = middleBelow * size + 1.23033935480374942e3;
        double inverse = 1 / square;
        double tail = 1.63153871373020978e-2;
        tail = tail * inverse + 3.05326634961232344e-1;
        tail = tail * inverse + 3.60344899949804439e-1;
        tail = tail * inverse + 1.25781726111229246e-1;
        tail = tail * inverse + 1.60837851487422766e-2;
        tail = tail * inverse + 6.58749161529837803e-4;
        double tailBelow = inverse + 2.56852019228982242e0;
        tailBelow = tailBelow * inverse + 1.87295284992346725e0;
        tailBelow = tailBelow * inverse + 5.27905102951428412e-1;
        tailBelow = tailBelow * inverse + 6.05183413124413191e-2;
        tailBelow = tailBelow * inverse + 2.33520497626869185e-3;
        double large = INVERSE_SQRT_PI * tailBelow - inverse * tail;
        double largeBelow = size * tailBelow;
        double above = size <= ERF_MIDDLE ? middle : large;
        double below = size <= ERF_MIDDLE ? middleBelow : largeBelow;
        double scaled = x * small;
        above = size <= ERF_SMALL ? scaled : above;
        below = size <= ERF_SMALL ? smallBelow : below;
        return above / below;
    }

    static double erf(double x) {
        double size = x < 0 ? -x : x;
        double part = erfPart(x);
        double large = 1 - exp(-x * x) * part;
        double whole = x < 0 ? -large : large;
        return size <= ERF_SMALL ? part : whole;
    }

    private static double erfc(double x) {
        double size = x < 0 ? -x : x;
        double part = erfPart(x);
        double near = 1 - part;
        double far = exp(-x * x) * part;
        double other = 2 - far;
        double large = x < 0 ? other : far;
        return size <= ERF_SMALL ? near : large;
    }

    /** {@code x (1 + erf(x / sqrt 2)) / 2}, by erfc so that the left tail stays exact. */
    static double gelu(double x) {
        double result = 0.5 * x * erfc(-x * SQRT_HALF);
        return x < GELU_LEAST ? x * 0.0 : result;
    }

    /** The derivative of gelu. */
    static double geluSlope(double x) {
        double result = 0.5 * erfc(-x * SQRT_HALF) + x * INVERSE_SQRT_2_PI * exp(-0.5 * x * x);
        return x < GELU_LEAST ? 0 : result;
    }

    /**
     * {@code x (1 + tanh(z / 2)) / 2}, {@code z = sqrt(8 / pi) (x + 0.044715 x^3)}, by the sigmoid so that the left
     * tail stays exact.
     */
    static double geluByTanh(double x) {
        return x * sigmoid(BY_TANH_SCALE * x * (1 + BY_TANH_CUBIC * x * x));
    }

    /** The derivative of geluByTanh, {@code s + x z' s (1 - s)} with {@code s = sigmoid(z)}; no difference cancels. */
    static double geluByTanhSlope(double x) {
        double square = x * x;
        double z = BY_TANH_SCALE * x * (1 + BY_TANH_CUBIC * square);
        double size = z < 0 ? -z : z;
        double tail = exp(-size);
        double large = 1 / (1 + tail);
        double small = tail * large;
        double s = z < 0 ? small : large;
        double result = s + x * BY_TANH_SCALE * (1 + 3 * BY_TANH_CUBIC * square) * (small * large);
        double left = x < -BY_TANH_FAR ? 0 : result;
        return x > BY_TANH_FAR ? 1 : left;
    }

    /** The derivative of {@code x sigmoid(x)}. */
    static double siluSlope(double x) {
        double s = sigmoid(x);
        return s * (1 + x * (1 - s));
    }
}
