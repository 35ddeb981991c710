package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp.Matmul;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Matmul against triple loops in double precision. */
class MatrixKernelsTest {
    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    @Test
    void multipliesAwkwardSizesOfAllTypesInAllTranspositions() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16}) {
            for (int[] sizes : new int[][] {
                {1, 1, 1}, {4, 6, 13}, {13, 1, 207}, {207, 4, 6}, {6, 207, 1}, {130, 150, 170}, {170, 130, 150}
            }) {
                for (int transposed = 0; transposed < 4; transposed++) {
                    Matmul op = new Matmul((transposed & 1) != 0, (transposed & 2) != 0);
                    check(op, dtype, sizes[0], sizes[1], sizes[2], new int[0], new int[0]);
                }
            }
        }
    }

    @Test
    void broadcastsBatches() {
        int[][][] batches = {
            {{3}, {3}}, {{3}, {}}, {{}, {3}}, {{2, 1}, {5}}, {{2, 5}, {1, 5}}, {{2, 5}, {1, 1}}, {{0}, {}}
        };
        for (int[][] pair : batches) {
            for (int transposed = 0; transposed < 4; transposed++) {
                Matmul op = new Matmul((transposed & 1) != 0, (transposed & 2) != 0);
                check(op, DType.FLOAT32, 6, 4, 13, pair[0], pair[1]);
                check(op, DType.FLOAT64, 6, 4, 13, pair[0], pair[1]);
            }
        }
    }

    /** It has the workspace of its product alone: there is no room for the output of relu in float32. */
    @Test
    void gatesAProductOfHalves() {
        for (DType dtype : new DType[] {DType.BFLOAT16, DType.FLOAT16}) {
            HostArray a = Runner.random(1, dtype, 13, 6);
            HostArray b = Runner.random(2, dtype, 207, 6);
            HostArray saved = Runner.random(3, dtype, 13, 207);
            HostArray product = one.run(new Matmul(false, true), a, b);
            assertThat(one.run(new FusedOp.GatedProduct(false, true), a, b, saved)
                            .toFloatArray())
                    .as("%s", dtype)
                    .isEqualTo(one.run(UnaryBackwardOp.RELU_BACKWARD, saved, product)
                            .toFloatArray());
        }
    }

    @Test
    void givesZerosForAnEmptyInnerAxisAndNothingForEmptyMatrices() {
        Matmul op = new Matmul(false, false);
        check(op, DType.FLOAT32, 4, 6, 0, new int[0], new int[0]);
        check(op, DType.FLOAT64, 4, 6, 0, new int[0], new int[0]);
        check(op, DType.FLOAT32, 0, 6, 4, new int[0], new int[0]);
        check(op, DType.FLOAT32, 6, 0, 4, new int[0], new int[0]);
    }

    /** In two halves of few elements each, and by panels of columns and of rows. */
    @Test
    void multipliesToTheSameBitsOnAnyNumberOfThreadsWhereItDoesSoItself() {
        Libraries.needProducts();
        for (int[] sizes :
                new int[][] {{128, 10, 256}, {128, 256, 10}, {33, 200, 130}, {200, 33, 130}, {97, 1100, 1000}}) {
            HostArray a = Runner.random(1, DType.FLOAT32, sizes[0], sizes[2]);
            HostArray b = Runner.random(2, DType.FLOAT32, sizes[2], sizes[1]);
            Matmul op = new Matmul(false, false);
            boolean inOrder = Products.widest() == 16 || sizes[0] * sizes[1] * sizes[2] < 400_000;
            if (inOrder) {
                float[] expected = one.run(op, a, b).toFloatArray();
                assertThat(three.run(op, a, b).toFloatArray())
                        .as("%s of %s", op, Arrays.toString(sizes))
                        .isEqualTo(expected);
                assertThat(expected[sizes[1] + 1])
                        .as("a sum by fma, %s", Arrays.toString(sizes))
                        .isEqualTo(sum(a, b, sizes, 1, 1));
            }
        }
    }

    private static float sum(HostArray a, HostArray b, int[] sizes, int row, int column) {
        float[] left = a.toFloatArray();
        float[] right = b.toFloatArray();
        float sum = 0;
        for (int p = 0; p < sizes[2]; p++) {
            sum = Math.fma(left[row * sizes[2] + p], right[p * sizes[1] + column], sum);
        }
        return sum;
    }

    /** So few rows that reading the matrix on the right is the work, which is shared out by its columns. */
    @Test
    void multipliesAFewRowsToTheSameBitsOnAnyNumberOfThreads() {
        for (int[] sizes : new int[][] {{1, 512, 784}, {1, 256, 512}, {1, 4098, 207}, {2, 512, 784}, {5, 512, 784}}) {
            for (boolean transposed : new boolean[] {false, true}) {
                HostArray a = Runner.random(1, DType.FLOAT32, sizes[0], sizes[2]);
                HostArray b = transposed
                        ? Runner.random(2, DType.FLOAT32, sizes[1], sizes[2])
                        : Runner.random(2, DType.FLOAT32, sizes[2], sizes[1]);
                Matmul op = new Matmul(false, transposed);
                assertThat(three.run(op, a, b).toFloatArray())
                        .as("%s of %s", op, Arrays.toString(sizes))
                        .isEqualTo(one.run(op, a, b).toFloatArray());
            }
        }
    }

    @Test
    void propagatesNanAndInfinity() {
        HostArray a = HostArray.of(new float[] {Float.NaN, 1, Float.POSITIVE_INFINITY, 1}, 2, 2);
        HostArray b = HostArray.of(new float[] {1, 0, 0, 1}, 2, 2);
        float[] y = one.run(new Matmul(false, false), a, b).toFloatArray();
        assertThat(y[0]).isNaN();
        assertThat(y[1]).isNaN();
        assertThat(y[2]).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(y[3]).isNaN();
    }

    private void check(Matmul op, DType dtype, int m, int n, int k, int[] batchA, int[] batchB) {
        Shape left = Shape.of(batchA).append(op.transposeA() ? k : m, op.transposeA() ? m : k);
        Shape right = Shape.of(batchB).append(op.transposeB() ? n : k, op.transposeB() ? k : n);
        long seed = left.hashCode() * 31L + right.hashCode();
        HostArray a = Runner.random(seed, dtype, left.sizes());
        HostArray b = Runner.random(seed + 1, dtype, right.sizes());
        Shape batch = Shape.broadcast("test", Shape.of(batchA), Shape.of(batchB));
        HostArray expected = HostArray.zeros(batch.append(m, n), DType.FLOAT64);
        for (int product = 0; product < batch.elements(); product++) {
            long atA = (long) matrix(batch, Shape.of(batchA), product) * m * k;
            long atB = (long) matrix(batch, Shape.of(batchB), product) * k * n;
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int p = 0; p < k; p++) {
                        sum += a.getDouble(atA + (op.transposeA() ? (long) p * m + i : (long) i * k + p))
                                * b.getDouble(atB + (op.transposeB() ? (long) j * k + p : (long) p * n + j));
                    }
                    expected.setDouble(((long) product * m + i) * n + j, sum);
                }
            }
        }
        double precision = switch (dtype) {
            case FLOAT64 -> 1e-13;
            case BFLOAT16 -> 0.02;
            case FLOAT16 -> 0.003;
            default -> 1e-5;
        };
        for (Runner runner : new Runner[] {one, three}) {
            HostArray y = runner.run(op, a, b);
            String what = op + " " + a.spec() + " x " + b.spec() + ", seed " + seed;
            assertThat(y.shape()).as(what).isEqualTo(expected.shape());
            assertThat(y.dtype()).as(what).isEqualTo(dtype);
            Tolerance.check(what, y, expected, precision, precision * Math.max(1, Math.sqrt(k)));
        }
    }

    /** The number of the matrix of an operand that serves a product of the batch. */
    private static int matrix(Shape batch, Shape own, int product) {
        int index = 0;
        int stride = 1;
        int rest = product;
        for (int axis = 1; axis <= batch.rank(); axis++) {
            int position = rest % batch.size(-axis);
            rest /= batch.size(-axis);
            if (axis <= own.rank()) {
                index += own.size(-axis) == 1 ? 0 : position * stride;
                stride *= own.size(-axis);
            }
        }
        return index;
    }
}
