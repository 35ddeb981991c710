package dev.lamina.backend.cpu;

/** Functions of one number that {@link Math} lacks, in double precision. */
@SuppressWarnings("FloatingPointLiteralPrecision") // The coefficients are given with the digits of the paper.
final class ScalarMath {
    /** {@code sqrt(8 / pi)}. */
    private static final double BY_TANH_SCALE = 1.5957691216057307;

    private static final double BY_TANH_CUBIC = 0.044715;

    /** Beyond it the slope is 0 or 1. */
    private static final double BY_TANH_FAR = 40;

    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double INVERSE_SQRT_PI = 1 / Math.sqrt(Math.PI);
    private static final double INVERSE_SQRT_2_PI = 1 / Math.sqrt(2 * Math.PI);

    // Coefficients of rational approximations, lowest power first: W. J. Cody, "Rational Chebyshev Approximations for
    // the
    // Error Function", Mathematics of Computation 23 (1969). ERF: erf(x) / x in x^2 for |x| <= 0.46875. MIDDLE:
    // exp(x^2) erfc(x) in x up to 4. TAIL: the rest of x exp(x^2) erfc(x) after 1 / sqrt(pi), in 1 / x^2, beyond 4.
    private static final double[] ERF_ABOVE = {
        3.20937758913846947e3,
        3.77485237685302021e2,
        1.13864154151050156e2,
        3.16112374387056560e0,
        1.85777706184603153e-1
    };
    private static final double[] ERF_BELOW = {
        2.84423683343917062e3, 1.28261652607737228e3, 2.44024637934444173e2, 2.36012909523441209e1, 1
    };
    private static final double[] MIDDLE_ABOVE = {
        1.23033935479799725e3,
        2.05107837782607147e3,
        1.71204761263407058e3,
        8.81952221241769090e2,
        2.98635138197400131e2,
        6.61191906371416295e1,
        8.88314979438837594e0,
        5.64188496988670089e-1,
        2.15311535474403846e-8
    };
    private static final double[] MIDDLE_BELOW = {
        1.23033935480374942e3,
        3.43936767414372164e3,
        4.36261909014324716e3,
        3.29079923573345963e3,
        1.62138957456669019e3,
        5.37181101862009858e2,
        1.17693950891312499e2,
        1.57449261107098347e1,
        1
    };
    private static final double[] TAIL_ABOVE = {
        6.58749161529837803e-4,
        1.60837851487422766e-2,
        1.25781726111229246e-1,
        3.60344899949804439e-1,
        3.05326634961232344e-1,
        1.63153871373020978e-2
    };
    private static final double[] TAIL_BELOW = {
        2.33520497626869185e-3,
        6.05183413124413191e-2,
        5.27905102951428412e-1,
        1.87295284992346725e0,
        2.56852019228982242e0,
        1
    };

    private ScalarMath() {}

    /** The error function. */
    static double erf(double x) {
        double size = Math.abs(x);
        if (size <= 0.46875) {
            return x * polynomial(ERF_ABOVE, x * x) / polynomial(ERF_BELOW, x * x);
        }
        return Math.copySign(1 - complement(size), x);
    }

    /** {@code 1 - erf(x)}, exact where it is small. */
    static double erfc(double x) {
        if (Math.abs(x) <= 0.46875) {
            return 1 - erf(x);
        }
        return x > 0 ? complement(x) : 2 - complement(-x);
    }

    /** erfc for x > 0.46875, and for NaN. */
    private static double complement(double x) {
        if (x > 27) {
            return 0;
        }
        double scaled;
        if (x <= 4) {
            scaled = polynomial(MIDDLE_ABOVE, x) / polynomial(MIDDLE_BELOW, x);
        } else {
            double inverse = 1 / (x * x);
            double rest = inverse * polynomial(TAIL_ABOVE, inverse) / polynomial(TAIL_BELOW, inverse);
            scaled = (INVERSE_SQRT_PI - rest) / x;
        }
        // exp(-x^2) in two factors: the square of a short number is exact, so that rounding x^2 costs nothing.
        double head = Math.floor(x * 16) / 16;
        return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head)) * scaled;
    }

    private static double polynomial(double[] coefficients, double x) {
        double sum = 0;
        for (int i = coefficients.length - 1; i >= 0; i--) {
            sum = sum * x + coefficients[i];
        }
        return sum;
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** {@code x (1 + erf(x / sqrt 2)) / 2}, by erfc so that the left tail stays exact. */
    static double gelu(double x) {
        return x < -40 ? x * 0.0 : 0.5 * x * erfc(-x * SQRT_HALF);
    }

    /** The derivative of gelu. */
    static double geluSlope(double x) {
        if (x < -40) {
            return 0;
        }
        return 0.5 * erfc(-x * SQRT_HALF) + x * INVERSE_SQRT_2_PI * Math.exp(-0.5 * x * x);
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
        double tail = Math.exp(-size);
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

    static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** The remainder of division rounded down; it has the divisor's sign. */
    static double mod(double a, double b) {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }
}
