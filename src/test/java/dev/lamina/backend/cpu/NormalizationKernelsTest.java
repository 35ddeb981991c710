package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.NormalizationOp.BatchNorm;
import dev.lamina.ops.NormalizationOp.BatchNormBackward;
import dev.lamina.ops.Op;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batch normalization against its formulas. */
class NormalizationKernelsTest {
    private static final double EPSILON = 1e-3;

    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    @Test
    void agreesWithTheFormulas() {
        for (int[] sizes : new int[][] {{1, 3}, {13, 1}, {207, 6}, {4, 6, 5, 13}, {3, 2000}, {40_000, 3}}) {
            check(DType.FLOAT32, 2e-6, sizes);
            check(DType.FLOAT64, 1e-11, sizes);
        }
        check(DType.BFLOAT16, 0.02, 13, 6);
        check(DType.FLOAT16, 0.004, 13, 6);
    }

    private void check(DType dtype, double precision, int... sizes) {
        HostArray x = Runner.random(1, dtype, sizes);
        int c = sizes[sizes.length - 1];
        long rows = x.elements() / c;
        DType wide = NormalizationOp.statistics(dtype);
        HostArray gamma = Runner.random(2, wide, c);
        HostArray beta = Runner.random(3, wide, c);
        HostArray dy = Runner.random(4, dtype, sizes);
        double[] mean = new double[c];
        double[] variance = new double[c];
        for (int i = 0; i < x.elements(); i++) {
            mean[i % c] += x.getDouble(i) / rows;
        }
        for (int i = 0; i < x.elements(); i++) {
            variance[i % c] += Math.pow(x.getDouble(i) - mean[i % c], 2) / rows;
        }
        HostArray normalized = HostArray.zeros(x.shape(), DType.FLOAT64)
                .fill(i -> (x.getDouble(i) - mean[(int) (i % c)]) / Math.sqrt(variance[(int) (i % c)] + EPSILON));
        HostArray y = HostArray.zeros(x.shape(), DType.FLOAT64)
                .fill(i -> normalized.getDouble(i) * gamma.getDouble(i % c) + beta.getDouble(i % c));
        BatchNorm op = new BatchNorm(EPSILON);
        String what = dtype + " " + x.shape();
        List<HostArray> out = three.runAll(op, x, gamma, beta);
        Tolerance.check("y " + what, out.get(0), y, precision, precision);
        Tolerance.check("mean " + what, out.get(1), HostArray.of(mean), precision, precision);
        Tolerance.check("variance " + what, out.get(2), HostArray.of(variance), precision, precision);
        sameOnOneThread(op, out, x, gamma, beta);

        double[] sum = new double[c];
        double[] weighted = new double[c];
        for (int i = 0; i < x.elements(); i++) {
            sum[i % c] += dy.getDouble(i);
            weighted[i % c] += dy.getDouble(i) * normalized.getDouble(i);
        }
        HostArray dx = HostArray.zeros(x.shape(), DType.FLOAT64).fill(i -> {
            int channel = (int) (i % c);
            return gamma.getDouble(channel)
                    / Math.sqrt(variance[channel] + EPSILON)
                    * (dy.getDouble(i) - sum[channel] / rows - normalized.getDouble(i) * weighted[channel] / rows);
        });
        BatchNormBackward backward = new BatchNormBackward(EPSILON);
        HostArray savedMean = out.get(1);
        HostArray savedVariance = out.get(2);
        List<HostArray> gradients = three.runAll(backward, x, gamma, savedMean, savedVariance, dy);
        // The statistics are read back rounded to the type; with one row, 1 / sqrt(epsilon) magnifies that.
        double loose = precision * 40;
        Tolerance.check("dx " + what, gradients.get(0), dx, loose, loose);
        Tolerance.check("dgamma " + what, gradients.get(1), HostArray.of(weighted), loose, loose * Math.sqrt(rows));
        Tolerance.check("dbeta " + what, gradients.get(2), HostArray.of(sum), precision, precision);
        sameOnOneThread(backward, gradients, x, gamma, savedMean, savedVariance, dy);
    }

    private void sameOnOneThread(Op op, List<HostArray> expected, HostArray... inputs) {
        List<HostArray> actual = one.runAll(op, inputs);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).data().mismatch(expected.get(i).data()))
                    .as("%s output %d", op, i)
                    .isEqualTo(-1);
        }
    }
}
