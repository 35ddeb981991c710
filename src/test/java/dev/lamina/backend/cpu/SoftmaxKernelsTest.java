package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.SoftmaxOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Softmax and cross-entropies against their formulas, written without the shift by the maximum. */
class SoftmaxKernelsTest {
    private static final int[][] SHAPES = {{1}, {13}, {207, 10}, {4, 6, 13}, {3, 4098}, {0, 5}, {5, 0}, {600, 100}};
    private static final DType[] FLOATS = {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16};

    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    private static double precision(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> 3e-7;
            case FLOAT64 -> 1e-13;
            case BFLOAT16 -> 0x1p-8;
            case FLOAT16 -> 0x1p-10;
            case INT32, INT64, UINT8, BOOL -> 0;
        };
    }

    private void check(SoftmaxOp op, double precision, List<HostArray> expected, HostArray... inputs) {
        List<HostArray> actual = three.runAll(op, inputs);
        for (int i = 0; i < expected.size(); i++) {
            String what = op + " " + inputs[0].spec() + " output " + i;
            Tolerance.check(what, actual.get(i), expected.get(i), precision, precision);
            assertThat(one.runAll(op, inputs)
                            .get(i)
                            .data()
                            .mismatch(actual.get(i).data()))
                    .isEqualTo(-1);
        }
    }

    private static double sumExp(HostArray x, long row, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Math.exp(x.getDouble(row * n + i));
        }
        return sum;
    }

    @Test
    void normalizesRows() {
        for (DType dtype : FLOATS) {
            for (int[] sizes : SHAPES) {
                HostArray x = Runner.random(1, dtype, sizes);
                int n = x.shape().size(-1);
                HostArray softmax = HostArray.zeros(x.shape(), DType.FLOAT64)
                        .fill(i -> Math.exp(x.getDouble(i)) / sumExp(x, i / n, n));
                check(new SoftmaxOp.Softmax(), precision(dtype), List.of(softmax), x);
                HostArray logs = HostArray.zeros(x.shape(), DType.FLOAT64)
                        .fill(i -> x.getDouble(i) - Math.log(sumExp(x, i / n, n)));
                check(new SoftmaxOp.LogSoftmax(), precision(dtype), List.of(logs), x);
                HostArray dy = Runner.random(2, dtype, sizes);
                HostArray dx = HostArray.zeros(x.shape(), DType.FLOAT64).fill(i -> {
                    double inner = 0;
                    for (long j = i / n * n; j < i / n * n + n; j++) {
                        inner += x.getDouble(j) * dy.getDouble(j);
                    }
                    return x.getDouble(i) * (dy.getDouble(i) - inner);
                });
                check(new SoftmaxOp.SoftmaxBackward(), precision(dtype) * 100, List.of(dx), x, dy);
            }
        }
    }

    @Test
    void crossEntropyOfLabels() {
        for (DType dtype : FLOATS) {
            for (int[] sizes : new int[][] {{13}, {207, 10}, {4, 6, 13}, {0, 5}}) {
                HostArray x = Runner.random(1, dtype, sizes);
                int n = x.shape().size(-1);
                Shape rows = x.shape().drop(-1);
                HostArray labels = HostArray.zeros(rows, DType.INT32).fill(i -> (i * 7 + 2) % n);
                HostArray lse = HostArray.zeros(rows, DType.FLOAT64).fill(i -> Math.log(sumExp(x, i, n)));
                HostArray loss = HostArray.zeros(rows, DType.FLOAT64)
                        .fill(i -> lse.getDouble(i) - x.getDouble(i * n + labels.getLong(i)));
                check(new SoftmaxOp.SparseCrossEntropy(), precision(dtype), List.of(loss, lse), x, labels);
                HostArray dy = Runner.random(3, dtype, rows.sizes());
                HostArray normalizer = lse.cast(dtype);
                HostArray dx = HostArray.zeros(x.shape(), DType.FLOAT64)
                        .fill(i -> dy.getDouble(i / n)
                                * (Math.exp(x.getDouble(i) - normalizer.getDouble(i / n))
                                        - (i % n == labels.getLong(i / n) ? 1 : 0)));
                check(
                        new SoftmaxOp.SparseCrossEntropyBackward(),
                        precision(dtype),
                        List.of(dx),
                        x,
                        labels,
                        normalizer,
                        dy);
            }
        }
    }

    @Test
    void crossEntropyOfWeights() {
        for (DType dtype : FLOATS) {
            for (int[] sizes : new int[][] {{13}, {207, 10}, {4, 6, 13}, {0, 5}}) {
                HostArray x = Runner.random(1, dtype, sizes);
                HostArray t = Runner.random(2, dtype, sizes);
                int n = x.shape().size(-1);
                Shape rows = x.shape().drop(-1);
                HostArray lse = HostArray.zeros(rows, DType.FLOAT64).fill(i -> Math.log(sumExp(x, i, n)));
                HostArray loss = HostArray.zeros(rows, DType.FLOAT64).fill(row -> {
                    double sum = 0;
                    for (long i = row * n; i < row * n + n; i++) {
                        sum += t.getDouble(i) * (lse.getDouble(row) - x.getDouble(i));
                    }
                    return sum;
                });
                check(new SoftmaxOp.CrossEntropy(), precision(dtype) * 2, List.of(loss, lse), x, t);
                HostArray dy = Runner.random(3, dtype, rows.sizes());
                HostArray normalizer = lse.cast(dtype);
                HostArray dx = HostArray.zeros(x.shape(), DType.FLOAT64).fill(i -> {
                    double sum = 0;
                    for (long j = i / n * n; j < i / n * n + n; j++) {
                        sum += t.getDouble(j);
                    }
                    double softmax = Math.exp(x.getDouble(i) - normalizer.getDouble(i / n));
                    return dy.getDouble(i / n) * (sum * softmax - t.getDouble(i));
                });
                check(new SoftmaxOp.CrossEntropyBackward(), precision(dtype) * 2, List.of(dx), x, t, normalizer, dy);
            }
        }
    }

    @Test
    void survivesLargeLogits() {
        HostArray x = HostArray.of(new float[] {1000, 999, -1000, -1001, -1002, Float.NEGATIVE_INFINITY}, 2, 3);
        double e = Math.E;
        HostArray expected =
                HostArray.of(new double[] {e / (e + 1), 1 / (e + 1), 0, e / (e + 1), 1 / (e + 1), 0}, 2, 3);
        check(new SoftmaxOp.Softmax(), 1e-7, List.of(expected), x);
    }

    @Test
    void rowsWithoutAnAnswerAreNan() {
        float low = Float.NEGATIVE_INFINITY;
        HostArray x = HostArray.of(new float[] {low, low, 0, Float.NaN, 1, 1}, 3, 2);
        assertThat(one.run(new SoftmaxOp.Softmax(), x).toFloatArray())
                .containsExactly(Float.NaN, Float.NaN, Float.NaN, Float.NaN, 0.5f, 0.5f);
    }

    @Test
    void labelsOutOfRangeGiveNan() {
        HostArray x = HostArray.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
        HostArray labels = HostArray.of(new int[] {2, 1, -1});
        List<HostArray> outputs = one.runAll(new SoftmaxOp.SparseCrossEntropy(), x, labels);
        assertThat(outputs.get(0).getDouble(0)).isNaN();
        assertThat(outputs.get(0).getDouble(1)).isFinite();
        assertThat(outputs.get(0).getDouble(2)).isNaN();
        assertThat(outputs.get(1).getDouble(0)).isFinite();
        HostArray ones = HostArray.of(new float[] {1, 1, 1});
        float[] dx = one.run(new SoftmaxOp.SparseCrossEntropyBackward(), x, labels, outputs.get(1), ones)
                .toFloatArray();
        assertThat(new float[] {dx[0], dx[1], dx[4], dx[5]}).containsOnly(Float.NaN);
        assertThat(dx[2]).isPositive();
        assertThat(dx[3]).isNegative();
    }
}
