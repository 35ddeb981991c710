package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The product of one row and a large matrix against its definition, to the bit, on any number of threads. */
class RowProductTest {
    private static final int[][] SHAPES = {{784, 512}, {512, 256}, {1, 100_000}, {331, 607}, {1031, 130}};

    @BeforeEach
    void areThere() {
        Libraries.needProducts();
    }

    private static float[] product(HostArray a, HostArray b, int k, int n) {
        GemmCall call = GemmCall.dense(false, false, 1, n, k);
        float[] left = a.toFloatArray();
        float[] right = b.toFloatArray();
        float[] result = new float[n];
        for (int part = 0; part < RowProduct.parts(call); part++) {
            for (int j = 0; j < n; j++) {
                float sum = 0;
                for (int p = RowProduct.begin(call, part); p < RowProduct.begin(call, part + 1); p++) {
                    sum = Math.fma(left[p], right[p * n + j], sum);
                }
                result[j] = part == 0 ? sum : result[j] + sum;
            }
        }
        return result;
    }

    private static void assertBits(Op op, HostArray actual, float[] expected) {
        assertThat(actual.toFloatArray()).as("%s", op).containsExactly(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void isASumOfPartsByDepth(int threads) {
        Runner runner = new Runner(threads);
        for (int[] shape : SHAPES) {
            int k = shape[0];
            int n = shape[1];
            HostArray a = Runner.random(1, DType.FLOAT32, 1, k);
            HostArray b = Runner.random(2, DType.FLOAT32, k, n);
            HostArray bias = Runner.random(3, DType.FLOAT32, n);
            HostArray saved = Runner.random(4, DType.FLOAT32, 1, n);
            float[] terms = bias.toFloatArray();
            float[] gates = saved.toFloatArray();
            float[] product = product(a, b, k, n);
            float[] sum = product.clone();
            float[] cut = product.clone();
            float[] kept = product.clone();
            for (int j = 0; j < n; j++) {
                sum[j] += terms[j];
                cut[j] = Math.max(sum[j], 0f);
                kept[j] = gates[j] > 0 ? product[j] : 0;
            }
            Op matmul = new MatrixOp.Matmul(false, false);
            assertBits(matmul, runner.run(matmul, a, b), product);
            Op linear = new FusedOp.Linear(false, false, Optional.empty());
            assertBits(linear, runner.run(linear, a, b, bias), sum);
            Op relu = new FusedOp.Linear(false, false, Optional.of(UnaryOp.RELU));
            assertBits(relu, runner.run(relu, a, b, bias), cut);
            Op gated = new FusedOp.GatedProduct(false, false);
            assertBits(gated, runner.run(gated, a, b, saved), kept);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void isFollowedByAnyActivation(int threads) {
        Runner runner = new Runner(threads);
        List<HostArray> inputs = List.of(
                Runner.random(1, DType.FLOAT32, 1, 784),
                Runner.random(2, DType.FLOAT32, 784, 512),
                Runner.random(3, DType.FLOAT32, 512));
        HostArray sum =
                runner.run(new FusedOp.Linear(false, false, Optional.empty()), inputs.toArray(HostArray[]::new));
        HostArray tanh = runner.run(
                new FusedOp.Linear(false, false, Optional.of(UnaryOp.TANH)), inputs.toArray(HostArray[]::new));
        assertBits(UnaryOp.TANH, tanh, runner.run(UnaryOp.TANH, sum).toFloatArray());
    }
}
