package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.OptimizerOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The native loops give the plain loops' bits. */
class LoopsTest {
    private static final float[] SPECIAL = {
        0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, -1e-40f, Float.MAX_VALUE
    };

    private static final int PERIOD = 40;

    private final Random random = new Random(7);
    private final Runner fast = new Runner(1);
    private final Runner plain = new Runner(1, false);

    @BeforeAll
    static void needsTheLibrary() {
        Libraries.needLoops();
    }

    private float[] numbers(int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextInt(9) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : (float) random.nextGaussian();
        }
        return x;
    }

    /** A copy that does not begin at the start of a vector. */
    private static MemorySegment memory(float[] x) {
        MemorySegment segment = Arena.ofAuto().allocate(4L * x.length + 4, 64).asSlice(4, 4L * x.length);
        MemorySegment.copy(x, 0, segment, ValueLayout.JAVA_FLOAT, 0, x.length);
        return segment;
    }

    private static void assertBits(MemorySegment actual, float[] expected, String what) {
        int[] bits = new int[expected.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToIntBits(actual.getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
        int[] wanted = new int[expected.length];
        Arrays.setAll(wanted, i -> Float.floatToIntBits(expected[i]));
        assertThat(bits).as(what).isEqualTo(wanted);
    }

    private static Block[] blocks(float[]... values) {
        Block[] blocks = new Block[values.length];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = new Block();
            System.arraycopy(values[i], 0, blocks[i].floats, 0, values[i].length);
        }
        return blocks;
    }

    private static float[] first(Block block, int n) {
        return Arrays.copyOf(block.floats, n);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 6, 13, 16, 207, 1024})
    void updatesByAdam(int n) {
        for (float decay : new float[] {0, 0.004f}) {
            float[] w = numbers(n);
            float[] g = numbers(n);
            float[] m = numbers(n);
            float[] v = numbers(n);
            OptimizerOp.Adam op = new OptimizerOp.Adam(0.9, 0.999, 1e-7, false, List.of((double) decay));
            Block[] blocks = blocks(w, g, m, v);
            FloatUpdates.decay(blocks[0].floats, decay, 1e-3f, n);
            FloatUpdates.apply(op, blocks, 2e-3f, n);
            MemorySegment[] in = {memory(w), memory(g), memory(m), memory(v)};
            // Each result over another operand: the gradient's memory is the planner's favourite.
            MemorySegment[] out = {in[1], in[3], in[0]};
            Loops.Adam by = new Loops.Adam((float) (1 - 0.9), (float) (1 - 0.999), 1e-7f, decay);
            Loops.adam(in, out, 0, n, by, 1e-3f, 2e-3f);
            assertBits(out[0], first(blocks[0], n), "weights");
            assertBits(out[1], first(blocks[2], n), "means");
            assertBits(out[2], first(blocks[3], n), "spreads");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 207})
    void descends(int n) {
        float[] w = numbers(n);
        float[] g = numbers(n);
        Block[] blocks = blocks(w, g);
        FloatUpdates.apply(new OptimizerOp.Sgd(0, false, List.of(0.0)), blocks, 0.1f, n);
        MemorySegment[] in = {memory(w), memory(g)};
        Loops.descend(in, new MemorySegment[] {in[1]}, 0, n, 0.1f);
        assertBits(in[1], first(blocks[0], n), "weights");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 207})
    void gates(int n) {
        float[] s = numbers(n);
        float[] dy = numbers(n);
        float[] expected = new float[n];
        for (int i = 0; i < n; i++) {
            expected[i] = s[i] > 0 ? dy[i] : 0;
        }
        MemorySegment saved = memory(s);
        Loops.gate(saved, memory(dy), saved, 0, n);
        assertBits(saved, expected, "gradients");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 207})
    void cutsOffWhatIsNegative(int n) {
        float[] x = numbers(n);
        float[] expected = new float[n];
        for (int i = 0; i < n; i++) {
            expected[i] = Math.max(x[i], 0f);
        }
        MemorySegment y = memory(x);
        Loops.relu(y, y, 0, n);
        assertBits(y, expected, "results");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 207})
    void addsToSums(int n) {
        float[] x = numbers(n + 3);
        double[] sums = random.doubles(PERIOD).toArray();
        double[] expected = sums.clone();
        for (int i = 0; i < n; i++) {
            expected[i % PERIOD] += x[i + 3];
        }
        Loops.addTo(MemorySegment.ofArray(sums), memory(x), 3, n, PERIOD);
        assertThat(sums).containsExactly(expected);
    }

    @Test
    void sumsFewInTheOrderOfMany() {
        int[][] shapes = {{1, 1}, {13, 1}, {1, 13}, {6, 207}, {64, 32}, {207, 6}, {207, 100}, {4, 13, 6}, {13, 4, 1}};
        for (int[] shape : shapes) {
            HostArray x = Runner.random(7, DType.FLOAT32, shape);
            x.data().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, -0f);
            for (ReductionOp.Kind kind : List.of(ReductionOp.Kind.SUM, ReductionOp.Kind.MEAN)) {
                for (List<Integer> axes : List.of(List.of(0), List.of(1), List.<Integer>of(), List.of(-1))) {
                    ReductionOp.Reduce op = new ReductionOp.Reduce(kind, axes, false);
                    assertThat(fast.run(op, x).data().mismatch(plain.run(op, x).data()))
                            .as("%s of %s", op, x.shape())
                            .isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void addsARow() {
        for (int columns : new int[] {1, 6, 13, 207}) {
            for (boolean cut : new boolean[] {false, true}) {
                float[] y = numbers(7 * columns);
                float[] row = numbers(columns);
                float[] expected = y.clone();
                int from = columns / 2;
                int to = 5 * columns + columns / 3;
                for (int i = from; i < to; i++) {
                    float sum = y[i] + row[i % columns];
                    expected[i] = cut ? Math.max(sum, 0f) : sum;
                }
                MemorySegment sum = memory(y);
                Loops.addRow(sum, memory(row), from, to, cut);
                assertBits(sum, expected, columns + " columns, cut " + cut);
            }
        }
    }

    @Test
    void refusesWhatALoopWouldReadBeyondItsMemory() {
        MemorySegment x = memory(new float[13]);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Loops.gate(x, x, x, 0, 14)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
