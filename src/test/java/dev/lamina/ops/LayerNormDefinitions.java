package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import java.util.List;

/** Layer normalization, row by row, in plain loops. */
final class LayerNormDefinitions {
    private LayerNormDefinitions() {}

    static List<double[]> forward(NormalizationOp.LayerNorm op, List<HostArray> inputs) {
        double[] x = inputs.get(0).toDoubleArray();
        int columns = inputs.get(0).shape().size(-1);
        int rows = x.length / columns;
        double[] y = new double[x.length];
        double[] means = new double[rows];
        double[] inverses = new double[rows];
        for (int row = 0; row < rows; row++) {
            double variance = 0;
            for (int c = 0; c < columns; c++) {
                means[row] += x[row * columns + c] / columns;
            }
            for (int c = 0; c < columns; c++) {
                variance += Math.pow(x[row * columns + c] - means[row], 2) / columns;
            }
            inverses[row] = 1 / Math.sqrt(variance + op.epsilon());
            for (int c = 0; c < columns; c++) {
                double h = (x[row * columns + c] - means[row]) * inverses[row];
                y[row * columns + c] =
                        h * inputs.get(1).getDouble(c) + inputs.get(2).getDouble(c);
            }
        }
        return List.of(y, means, inverses);
    }

    static List<double[]> backward(List<HostArray> inputs) {
        double[] x = inputs.get(0).toDoubleArray();
        double[] dy = inputs.get(4).toDoubleArray();
        int columns = inputs.get(0).shape().size(-1);
        double[] dx = new double[x.length];
        double[] dgamma = new double[columns];
        double[] dbeta = new double[columns];
        for (int row = 0; row < x.length / columns; row++) {
            double inverse = inputs.get(3).getDouble(row);
            double meanOfG = 0;
            double meanOfGh = 0;
            double[] h = new double[columns];
            double[] g = new double[columns];
            for (int c = 0; c < columns; c++) {
                int i = row * columns + c;
                h[c] = (x[i] - inputs.get(2).getDouble(row)) * inverse;
                g[c] = dy[i] * inputs.get(1).getDouble(c);
                meanOfG += g[c] / columns;
                meanOfGh += g[c] * h[c] / columns;
                dgamma[c] += dy[i] * h[c];
                dbeta[c] += dy[i];
            }
            for (int c = 0; c < columns; c++) {
                dx[row * columns + c] = inverse * (g[c] - meanOfG - h[c] * meanOfGh);
            }
        }
        return List.of(dx, dgamma, dbeta);
    }
}
