package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A product of two halves of the depth against its definition, to the bit, on any number of threads. */
class ProductInTurnsTest {
    /** m, n, k; the last one's halves are panels of two blocks each. */
    private static final int[][] SHAPES = {
        {32, 512, 784}, {128, 256, 512}, {17, 207, 301}, {16, 600, 257}, {5, 129, 256}, {33, 10, 300}, {9, 97, 1700}
    };

    private static final int BLOCK = 800;

    private static final float UNTOUCHED = 12345;

    private final Arena arena = Arena.ofAuto();
    private final Random random = new Random(11);

    @BeforeEach
    void areThere() {
        Libraries.needProducts();
    }

    private MemorySegment numbers(long n) {
        MemorySegment memory = arena.allocate(n * Float.BYTES, 4);
        for (long i = 0; i < n; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 4 * random.nextFloat() - 2);
        }
        return memory;
    }

    private static float sum(GemmCall call, float[] a, float[] b, int i, int j, int from, int to) {
        float sum = 0;
        for (int p = from; p < to; p++) {
            sum = Math.fma(a[i * call.lda() + p], b[p * call.ldb() + j], sum);
        }
        return sum;
    }

    /** Adds the terms of one half of the depth to a number, block after block. */
    private static float add(GemmCall call, float[] a, float[] b, int i, int j, int from, int to, float before) {
        int blocks = Math.ceilDiv(to - from, BLOCK);
        int depth = Math.ceilDiv(to - from, blocks);
        float result = before;
        for (int p = from; p < to; p += depth) {
            result += sum(call, a, b, i, j, p, Math.min(to, p + depth));
        }
        return result;
    }

    private static float expected(GemmCall call, float[] a, float[] b, int i, int j) {
        int middle = Math.ceilDiv(Math.ceilDiv(call.k(), 16), 2) * 16;
        int border = Math.ceilDiv(Math.ceilDiv(call.n(), 16), 2) * 16;
        return j < border
                ? add(call, a, b, i, j, 0, middle, sum(call, a, b, i, j, middle, call.k()))
                : add(call, a, b, i, j, middle, call.k(), sum(call, a, b, i, j, 0, middle));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void isTheSumOfTwoSums(int size) {
        CpuThreads threads = new CpuThreads(size);
        for (int[] shape : SHAPES) {
            int m = shape[0];
            int n = shape[1];
            int k = shape[2];
            GemmCall call = new GemmCall(false, false, m, n, k, k + 3, n + 1, 0, n + 2);
            MemorySegment a = numbers((long) m * call.lda());
            MemorySegment b = numbers((long) k * call.ldb());
            MemorySegment c = arena.allocate((long) m * call.ldc() * Float.BYTES, 4);
            float[] before = new float[m * call.ldc()];
            Arrays.fill(before, UNTOUCHED);
            c.copyFrom(MemorySegment.ofArray(before));
            new ProductInTurns(threads, call, a, b, c, null).run();
            float[] left = a.toArray(ValueLayout.JAVA_FLOAT);
            float[] right = b.toArray(ValueLayout.JAVA_FLOAT);
            float[] actual = c.toArray(ValueLayout.JAVA_FLOAT);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < call.ldc(); j++) {
                    assertThat(actual[i * call.ldc() + j])
                            .as("%s, %d threads, element (%d, %d), seed 11", call, size, i, j)
                            .isEqualTo(j < n ? expected(call, left, right, i, j) : UNTOUCHED);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void isFollowedByAnything(int size) {
        Runner runner = new Runner(size);
        HostArray a = Runner.random(1, DType.FLOAT32, 32, 784);
        HostArray b = Runner.random(2, DType.FLOAT32, 784, 200);
        HostArray bias = Runner.random(3, DType.FLOAT32, 200);
        HostArray saved = Runner.random(4, DType.FLOAT32, 32, 200);
        float[] product = runner.run(new MatrixOp.Matmul(false, false), a, b).toFloatArray();
        float[] terms = bias.toFloatArray();
        float[] gates = saved.toFloatArray();
        float[] sums = new float[product.length];
        float[] cut = new float[product.length];
        float[] kept = new float[product.length];
        for (int i = 0; i < product.length; i++) {
            sums[i] = product[i] + terms[i % terms.length];
            cut[i] = Math.max(sums[i], 0f);
            kept[i] = gates[i] > 0 ? product[i] : 0;
        }
        HostArray linear = runner.run(new FusedOp.Linear(false, false, Optional.empty()), a, b, bias);
        assertThat(linear.toFloatArray()).as("%d threads", size).containsExactly(sums);
        HostArray relu = runner.run(new FusedOp.Linear(false, false, Optional.of(UnaryOp.RELU)), a, b, bias);
        assertThat(relu.toFloatArray()).as("%d threads", size).containsExactly(cut);
        HostArray tanh = runner.run(new FusedOp.Linear(false, false, Optional.of(UnaryOp.TANH)), a, b, bias);
        assertThat(tanh.toFloatArray())
                .as("%d threads", size)
                .containsExactly(runner.run(UnaryOp.TANH, linear).toFloatArray());
        HostArray gated = runner.run(new FusedOp.GatedProduct(false, false), a, b, saved);
        assertThat(gated.toFloatArray()).as("%d threads", size).containsExactly(kept);
    }

    @Test
    void servesFewRowsByWeightsThatStayInACache() {
        assertThat(ProductInTurns.serves(GemmCall.dense(false, false, 128, 512, 784)))
                .isTrue();
        assertThat(ProductInTurns.serves(GemmCall.dense(false, false, 128, 4096, 256)))
                .isTrue();
        assertThat(ProductInTurns.serves(GemmCall.dense(false, false, 128, 512, 255)))
                .isFalse();
        assertThat(ProductInTurns.serves(GemmCall.dense(false, false, 129, 512, 257)))
                .isFalse();
        assertThat(ProductInTurns.serves(GemmCall.dense(false, false, 128, 4097, 256)))
                .isFalse();
        assertThat(ProductInTurns.serves(GemmCall.dense(false, true, 128, 512, 784)))
                .isFalse();
        assertThat(ProductInTurns.serves(GemmCall.dense(true, false, 128, 512, 784)))
                .isFalse();
    }
}
