package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The error function against values computed with 40 digits by mpmath. */
class ScalarMathTest {
    /** x, erf(x), erfc(x). */
    private static final double[][] VALUES = {
        {0.0, 0.0, 1.0},
        {1e-300, 1.1283791670955126e-300, 1.0},
        {1e-08, 1.1283791670955126e-08, 0.9999999887162083},
        {0.1, 0.1124629160182849, 0.887537083981715},
        {0.3, 0.3286267594591274, 0.6713732405408726},
        {0.46875, 0.49261347321793797, 0.507386526782062},
        {0.4687500001, 0.4926134733085173, 0.5073865266914827},
        {0.5, 0.5204998778130465, 0.4795001221869535},
        {0.75, 0.7111556336535151, 0.28884436634648486},
        {1, 0.8427007929497149, 0.15729920705028513},
        {1.5, 0.9661051464753108, 0.033894853524689274},
        {2, 0.9953222650189527, 0.004677734981047266},
        {2.5, 0.999593047982555, 0.0004069520174449589},
        {3, 0.9999779095030014, 2.209049699858544e-05},
        {3.9, 0.9999999652077514, 3.4792248597231765e-08},
        {4, 0.9999999845827421, 1.541725790028002e-08},
        {4.0001, 0.9999999845954353, 1.5404564743590145e-08},
        {5, 0.9999999999984626, 1.537459794428035e-12},
        {6, 1.0, 2.1519736712498913e-17},
        {8, 1.0, 1.1224297172982926e-29},
        {10, 1.0, 2.088487583762545e-45},
        {15, 1.0, 7.212994172451207e-100},
        {20, 1.0, 5.395865611607901e-176},
        {26, 1.0, 5.663192408856143e-296},
    };

    @Test
    void erfIsExactToADoublesPrecision() {
        for (double[] row : VALUES) {
            assertThat(ScalarMath.erf(row[0])).as("erf(%s)", row[0]).isCloseTo(row[1], within(1e-15 * row[1]));
            assertThat(ScalarMath.erf(-row[0])).as("erf(-%s)", row[0]).isCloseTo(-row[1], within(1e-15 * row[1]));
            assertThat(ScalarMath.erfc(row[0])).as("erfc(%s)", row[0]).isCloseTo(row[2], within(1e-15 * row[2]));
            assertThat(ScalarMath.erfc(-row[0])).as("erfc(-%s)", row[0]).isCloseTo(1 + row[1], within(2e-15));
        }
    }

    @Test
    void limitsAreExact() {
        assertThat(ScalarMath.erf(Double.POSITIVE_INFINITY)).isEqualTo(1);
        assertThat(ScalarMath.erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
        assertThat(ScalarMath.erf(Double.NaN)).isNaN();
        assertThat(ScalarMath.gelu(Double.NaN)).isNaN();
        assertThat(ScalarMath.gelu(Double.POSITIVE_INFINITY)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(ScalarMath.gelu(-50)).isEqualTo(-0.0);
        for (double far : new double[] {50, 1e30, Float.MAX_VALUE}) {
            assertThat(ScalarMath.geluByTanh(far)).isEqualTo(far);
            assertThat(ScalarMath.geluByTanh(-far)).isEqualTo(-0.0);
            assertThat(ScalarMath.geluByTanhSlope(far)).isEqualTo(1);
            assertThat(ScalarMath.geluByTanhSlope(-far)).isZero();
        }
        assertThat(ScalarMath.geluByTanh(Double.NaN)).isNaN();
        assertThat(ScalarMath.geluByTanhSlope(Double.NaN)).isNaN();
        assertThat(ScalarMath.sigmoid(-1000)).isZero();
        assertThat(ScalarMath.sigmoid(1000)).isEqualTo(1);
        assertThat(ScalarMath.softplus(-1000)).isZero();
        assertThat(ScalarMath.softplus(1000)).isEqualTo(1000);
    }

    @Test
    void slopesAreThoseOfTheFunctions() {
        double step = 1e-6;
        for (double x = -6; x <= 6; x += 0.37) {
            double gelu = (ScalarMath.gelu(x + step) - ScalarMath.gelu(x - step)) / (2 * step);
            assertThat(ScalarMath.geluSlope(x)).as("gelu'(%s)", x).isCloseTo(gelu, within(1e-9));
            double byTanh = (ScalarMath.geluByTanh(x + step) - ScalarMath.geluByTanh(x - step)) / (2 * step);
            assertThat(ScalarMath.geluByTanhSlope(x)).as("gelu by tanh'(%s)", x).isCloseTo(byTanh, within(1e-9));
            double silu = ((x + step) * ScalarMath.sigmoid(x + step) - (x - step) * ScalarMath.sigmoid(x - step))
                    / (2 * step);
            assertThat(ScalarMath.siluSlope(x)).as("silu'(%s)", x).isCloseTo(silu, within(1e-9));
        }
    }

    @Test
    void modHasTheDivisorsSign() {
        assertThat(ScalarMath.mod(7, 3)).isEqualTo(1);
        assertThat(ScalarMath.mod(-7, 3)).isEqualTo(2);
        assertThat(ScalarMath.mod(7, -3)).isEqualTo(-2);
        assertThat(ScalarMath.mod(-7, -3)).isEqualTo(-1);
        assertThat(ScalarMath.mod(6, 3)).isZero();
        assertThat(ScalarMath.mod(1, 0)).isNaN();
    }
}
