package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The functions in C give the bits of those in Java. */
final class NativeFunctionsTest {
    @BeforeAll
    static void needsTheLibrary() {
        Libraries.needLoops();
    }

    private static int[] bits(float[] x) {
        int[] bits = new int[x.length];
        Arrays.setAll(bits, i -> Float.floatToIntBits(x[i]));
        return bits;
    }

    @ParameterizedTest
    @EnumSource(
            value = UnaryOp.class,
            names = {"EXP", "EXPM1", "LOG", "LOG1P", "TANH", "ERF", "SIGMOID", "GELU", "GELU_TANH", "SILU", "SOFTPLUS"})
    void functions(UnaryOp op) {
        float[] x = FloatMathTest.numbers();
        float[] expected = new float[x.length];
        FloatFunctions.apply(op, x, expected, x.length);
        // In place, and short lengths, which leave a rest behind the vectors.
        for (int n : new int[] {x.length, 0, 1, 13, 17, 31}) {
            float[] y = Arrays.copyOf(x, n);
            MemorySegment block = MemorySegment.ofArray(y);
            NativeFunctions.map(NativeFunctions.of(op), block, block, n);
            assertThat(bits(y)).as("%s of %d numbers", op, n).isEqualTo(bits(Arrays.copyOf(expected, n)));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = UnaryBackwardOp.class,
            names = {"GELU_BACKWARD", "GELU_TANH_BACKWARD", "SILU_BACKWARD"})
    void derivatives(UnaryBackwardOp op) {
        float[] s = FloatMathTest.numbers();
        float[] dy = new float[s.length];
        for (int i = 0; i < dy.length; i++) {
            dy[i] = (float) Math.cos(i);
        }
        float[] expected = new float[s.length];
        FloatFunctions.apply(op, s, dy, expected, s.length);
        MemorySegment gradient = MemorySegment.ofArray(dy);
        NativeFunctions.mapBackward(NativeFunctions.of(op), MemorySegment.ofArray(s), gradient, gradient, s.length);
        assertThat(bits(dy)).isEqualTo(bits(expected));
    }

    @Test
    void aBlockThatIsTooShortIsRefused() {
        MemorySegment block = MemorySegment.ofArray(new float[4]);
        assertThatThrownBy(() -> NativeFunctions.map(0, block, block, 5)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
