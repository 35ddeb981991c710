package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** The functions of float32 numbers against those of {@link Math} and {@link ScalarMath}. */
final class FloatMathTest {
    /** Numbers of all sizes, densely where the results change, and what is special. */
    static float[] numbers() {
        float[] special = {
            0,
            -0f,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Float.MAX_VALUE,
            -Float.MAX_VALUE,
            88.7228f,
            88.7229f,
            -103.97f,
            -103.98f,
            -87.4f,
            1e-20f,
            -1e-20f,
            17,
            -17,
            709.5f,
            -709.5f,
            709.8f,
            -709.8f
        };
        int dense = 40_000;
        float[] all = new float[special.length + 2 * dense];
        System.arraycopy(special, 0, all, 0, special.length);
        for (int i = 0; i < dense; i++) {
            all[special.length + i] = (i - dense / 2) * 0.006f;
            all[special.length + dense + i] = (float) Math.scalb(1 + i * 1e-5, i % 90 - 80) * (i % 2 == 0 ? 1 : -1);
        }
        return all;
    }

    /** The correctly rounded result or, where the exact one lies half-way, its neighbour. */
    private static void check(DoubleUnaryOperator function, DoubleUnaryOperator exact) {
        for (float x : numbers()) {
            float y = (float) function.applyAsDouble(x);
            double reference = exact.applyAsDouble(x);
            float expected = (float) reference;
            if (Float.compare(y, expected) != 0) {
                // To be rounded otherwise, the exact result must lie about as near to the one as to the other.
                double off = Math.abs(Math.abs(y - reference) - Math.abs(expected - reference));
                assertThat(off)
                        .as("of %s: %s instead of %s, exactly %s", x, y, expected, reference)
                        .isLessThanOrEqualTo(1e-4 * Math.ulp(expected));
            }
        }
    }

    @Test
    void exp() {
        check(FloatMath::exp, Math::exp);
    }

    @Test
    void expm1() {
        check(FloatMath::expm1, Math::expm1);
    }

    @Test
    void log() {
        check(FloatMath::log, Math::log);
    }

    @Test
    void log1p() {
        check(FloatMath::log1p, Math::log1p);
    }

    @Test
    void tanh() {
        check(FloatMath::tanh, Math::tanh);
    }

    @Test
    void sigmoid() {
        check(FloatMath::sigmoid, ScalarMath::sigmoid);
    }

    @Test
    void silu() {
        check(FloatMath::silu, x -> x / (1 + Math.exp(-x)));
    }

    @Test
    void siluSlope() {
        check(FloatMath::siluSlope, ScalarMath::siluSlope);
    }

    @Test
    void softplus() {
        check(FloatMath::softplus, ScalarMath::softplus);
    }

    @Test
    void erf() {
        check(FloatMath::erf, ScalarMath::erf);
    }

    @Test
    void gelu() {
        check(FloatMath::gelu, ScalarMath::gelu);
    }

    @Test
    void geluSlope() {
        check(FloatMath::geluSlope, ScalarMath::geluSlope);
    }

    @Test
    void geluByTanh() {
        check(FloatMath::geluByTanh, ScalarMath::geluByTanh);
    }

    @Test
    void geluByTanhSlope() {
        check(FloatMath::geluByTanhSlope, ScalarMath::geluByTanhSlope);
    }

    @Test
    void theSignOfZeroStays() {
        for (DoubleUnaryOperator odd : new DoubleUnaryOperator[] {
            FloatMath::expm1,
            FloatMath::log1p,
            FloatMath::tanh,
            FloatMath::erf,
            FloatMath::gelu,
            FloatMath::geluByTanh,
            FloatMath::silu
        }) {
            assertThat((float) odd.applyAsDouble(0)).isEqualTo(0f);
            assertThat((float) odd.applyAsDouble(-0f)).isEqualTo(-0f);
        }
    }
}
