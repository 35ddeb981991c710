package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The exponential functions over arrays against those of {@link Math}. */
class ExponentialTest {
    private interface Arrays {
        void apply(float[] x, float[] y, int n);
    }

    /** Numbers of all sizes, densely where the results change, and what is special. */
    private static float[] numbers() {
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
            -17
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

    /** Within one unit in the last place of the correctly rounded result, or one subnormal number. */
    private static void check(Arrays function, DoubleUnaryOperator exact) {
        float[] x = numbers();
        float[] y = new float[x.length];
        function.apply(x, y, x.length);
        for (int i = 0; i < x.length; i++) {
            float expected = (float) exact.applyAsDouble(x[i]);
            if (Float.isNaN(expected) || Float.isInfinite(expected) || expected == 0) {
                assertThat(Math.abs(expected) == 0 && Math.abs(y[i]) <= Float.MIN_VALUE
                                || Float.compare(y[i], expected) == 0)
                        .as("%s for %s: %s instead of %s", i, x[i], y[i], expected)
                        .isTrue();
            } else {
                assertThat(Math.abs((double) y[i] - expected))
                        .as("element %s, of %s: %s instead of %s", i, x[i], y[i], expected)
                        .isLessThanOrEqualTo(Math.ulp(expected));
            }
        }
    }

    @Test
    void exp() {
        check(Exponential::exp, Math::exp);
    }

    @Test
    void expm1() {
        check(Exponential::expm1, Math::expm1);
    }

    @Test
    void sigmoid() {
        check(Exponential::sigmoid, ScalarMath::sigmoid);
    }

    @Test
    void tanh() {
        check(Exponential::tanh, Math::tanh);
    }

    @Test
    void silu() {
        check(Exponential::silu, x -> x * ScalarMath.sigmoid(x));
    }

    @Test
    void keepsTheSignOfZero() {
        float[] x = {0, -0f};
        float[] y = new float[2];
        Exponential.tanh(x, y, 2);
        assertThat(y).containsExactly(0, -0f);
        Exponential.expm1(x, y, 2);
        assertThat(y).containsExactly(0, -0f);
    }

    @Test
    void expInPlaceIsPreciseWhereFloatsAre() {
        double[] x =
                IntStream.rangeClosed(-1040, 887).mapToDouble(i -> i / 10.0).toArray();
        double[] y = x.clone();
        Exponential.exp(y, y.length);
        for (int i = 0; i < x.length; i++) {
            assertThat(y[i] / Math.exp(x[i]) - 1).as("exp(%s)", x[i]).isBetween(-1e-11, 1e-11);
        }
    }
}
