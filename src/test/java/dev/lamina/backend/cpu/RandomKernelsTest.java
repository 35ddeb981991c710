package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.ops.RandomOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Philox;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Random numbers: the generator's published answers, the mapping of words to elements, and the distributions. */
class RandomKernelsTest {
    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    /** The known-answer vectors of Random123 (kat_vectors, philox4x32 with 10 rounds). */
    @Test
    void philoxGivesThePublishedWords() {
        int[] words = new int[4];
        Philox.block(0, 0, 0, words);
        assertThat(words).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        Philox.block(-1, -1, -1, words);
        assertThat(words).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        Philox.block(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L, words);
        assertThat(words).containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    private static HostArray state(long seed, long draws) {
        return HostArray.of(new long[] {seed, draws});
    }

    @Test
    void elementsComeFromTheirWords() {
        int n = 4099;
        long seed = 0x123456789abcdefL;
        long draws = 77;
        int[] words = new int[4];
        float[] uniform = three.run(new RandomOp.Uniform(Shape.of(n), DType.FLOAT32), state(seed, draws))
                .toFloatArray();
        double[] doubles = three.run(new RandomOp.Uniform(Shape.of(n), DType.FLOAT64), state(seed, draws))
                .toDoubleArray();
        double[] normal = three.run(new RandomOp.Normal(Shape.of(n), DType.FLOAT64), state(seed, draws))
                .toDoubleArray();
        for (int i = 0; i < n; i++) {
            Philox.block(seed, draws, i / 4, words);
            assertThat(uniform[i]).isEqualTo((Integer.toUnsignedLong(words[i % 4]) >> 8) / 16777216f);
            int first = i % 4 / 2 * 2;
            double u = (Integer.toUnsignedLong(words[first]) + 1) / 4294967296.0;
            double v = Integer.toUnsignedLong(words[first + 1]) / 4294967296.0;
            double turn = i % 2 == 0 ? Math.cos(2 * Math.PI * v) : Math.sin(2 * Math.PI * v);
            assertThat(normal[i]).isCloseTo(Math.sqrt(-2 * Math.log(u)) * turn, within(1e-14));
            Philox.block(seed, draws, i / 2, words);
            long bits = Integer.toUnsignedLong(words[i % 2 * 2]) << 21 | words[i % 2 * 2 + 1] >>> 11;
            assertThat(doubles[i]).isEqualTo(bits * 0x1p-53);
        }
    }

    @Test
    void otherTypesAreTheRoundedFloats() {
        for (DType dtype : new DType[] {DType.BFLOAT16, DType.FLOAT16}) {
            HostArray floats = one.run(new RandomOp.Normal(Shape.of(13, 207), DType.FLOAT32), state(5, 6));
            HostArray rounded = three.run(new RandomOp.Normal(Shape.of(13, 207), dtype), state(5, 6));
            assertThat(rounded.data().mismatch(floats.cast(dtype).data())).isEqualTo(-1);
        }
    }

    @Test
    void numbersDependOnSeedAndDrawsButNotOnThreads() {
        for (int n : new int[] {0, 1, 3, 5, 70_001}) {
            RandomOp op = new RandomOp.Normal(Shape.of(n), DType.FLOAT32);
            HostArray expected = one.run(op, state(1, 2));
            assertThat(three.run(op, state(1, 2)).data().mismatch(expected.data()))
                    .isEqualTo(-1);
            if (n > 0) {
                assertThat(one.run(op, state(1, 3)).data().mismatch(expected.data()))
                        .isNotEqualTo(-1);
                assertThat(one.run(op, state(2, 2)).data().mismatch(expected.data()))
                        .isNotEqualTo(-1);
            }
        }
    }

    @Test
    void distributionsHaveTheirMoments() {
        int n = 1 << 20;
        double[] uniform = three.run(new RandomOp.Uniform(Shape.of(n), DType.FLOAT32), state(42, 0))
                .toDoubleArray();
        double[] normal = three.run(new RandomOp.Normal(Shape.of(n), DType.FLOAT32), state(42, 0))
                .toDoubleArray();
        assertThat(Arrays.stream(uniform).min().orElseThrow()).isNotNegative();
        assertThat(Arrays.stream(uniform).max().orElseThrow()).isLessThan(1);
        // Five standard deviations of each estimate.
        assertThat(moment(uniform, 0.5, 1)).isCloseTo(0, within(5 * 0.2887 / 1024));
        assertThat(moment(uniform, 0.5, 2)).isCloseTo(1 / 12.0, within(5 * 0.0745 / 1024));
        assertThat(moment(normal, 0, 1)).isCloseTo(0, within(5.0 / 1024));
        assertThat(moment(normal, 0, 2)).isCloseTo(1, within(5 * 1.4142 / 1024));
        assertThat(moment(normal, 0, 4)).isCloseTo(3, within(5 * 9.798 / 1024));
    }

    private static double moment(double[] values, double center, int power) {
        double sum = 0;
        for (double value : values) {
            sum += Math.pow(value - center, power);
        }
        return sum / values.length;
    }
}
