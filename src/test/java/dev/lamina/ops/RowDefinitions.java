package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import java.util.Arrays;
import java.util.List;

/** The meaning of the softmax family and of batch normalization: everything about rows of the last axis. */
final class RowDefinitions {
    private RowDefinitions() {}

    static List<double[]> softmax(SoftmaxOp op, List<HostArray> inputs) {
        double[] x = inputs.get(0).toDoubleArray();
        int classes = inputs.get(0).shape().size(-1);
        int rows = x.length / classes;
        double[] all = new double[x.length];
        double[] perRow = new double[rows];
        double[] second = new double[rows];
        for (int row = 0; row < rows; row++) {
            double[] logits = Arrays.copyOfRange(x, row * classes, (row + 1) * classes);
            double[] y = row(op, logits, inputs, row);
            if (y.length == classes && !isLoss(op)) {
                System.arraycopy(y, 0, all, row * classes, classes);
            } else {
                perRow[row] = y[0];
                second[row] = logSumExp(logits);
            }
        }
        return isLoss(op) ? List.of(perRow, second) : List.of(all);
    }

    private static boolean isLoss(SoftmaxOp op) {
        return op instanceof SoftmaxOp.SparseCrossEntropy || op instanceof SoftmaxOp.CrossEntropy;
    }

    /** One row of the first output. */
    private static double[] row(SoftmaxOp op, double[] x, List<HostArray> inputs, int row) {
        int classes = x.length;
        double[] y = new double[classes];
        switch (op) {
            case SoftmaxOp.Softmax _ -> Arrays.setAll(y, i -> StrictMath.exp(x[i] - logSumExp(x)));
            case SoftmaxOp.LogSoftmax _ -> Arrays.setAll(y, i -> x[i] - logSumExp(x));
            case SoftmaxOp.SoftmaxBackward _ -> {
                double[] dy = rowOf(inputs.get(1), row, classes);
                double inner = 0;
                for (int i = 0; i < classes; i++) {
                    inner += x[i] * dy[i];
                }
                for (int i = 0; i < classes; i++) {
                    y[i] = x[i] * (dy[i] - inner);
                }
            }
            case SoftmaxOp.SparseCrossEntropy _ -> {
                long label = inputs.get(1).getLong(row);
                y[0] = label < 0 || label >= classes ? Double.NaN : logSumExp(x) - x[(int) label];
            }
            case SoftmaxOp.SparseCrossEntropyBackward _ -> {
                long label = inputs.get(1).getLong(row);
                double logSumExp = inputs.get(2).getDouble(row);
                double dy = inputs.get(3).getDouble(row);
                Arrays.setAll(y, i -> dy * (StrictMath.exp(x[i] - logSumExp) - (i == label ? 1 : 0)));
            }
            case SoftmaxOp.CrossEntropy _ -> {
                double[] targets = rowOf(inputs.get(1), row, classes);
                for (int i = 0; i < classes; i++) {
                    y[0] += targets[i] * (logSumExp(x) - x[i]);
                }
            }
            case SoftmaxOp.CrossEntropyBackward _ -> {
                double[] targets = rowOf(inputs.get(1), row, classes);
                double logSumExp = inputs.get(2).getDouble(row);
                double dy = inputs.get(3).getDouble(row);
                double sum = Arrays.stream(targets).sum();
                Arrays.setAll(y, i -> dy * (sum * StrictMath.exp(x[i] - logSumExp) - targets[i]));
            }
        }
        return y;
    }

    private static double[] rowOf(HostArray array, int row, int classes) {
        double[] values = new double[classes];
        Arrays.setAll(values, i -> array.getDouble((long) row * classes + i));
        return values;
    }

    private static double logSumExp(double[] x) {
        double max = Arrays.stream(x).max().orElseThrow();
        double sum = 0;
        for (double value : x) {
            sum += StrictMath.exp(value - max);
        }
        return max + StrictMath.log(sum);
    }

    static List<double[]> batchNorm(NormalizationOp.BatchNorm op, List<HostArray> inputs) {
        double[] x = inputs.get(0).toDoubleArray();
        int channels = inputs.get(0).shape().size(-1);
        int rows = x.length / channels;
        double[] mean = new double[channels];
        double[] variance = new double[channels];
        for (int i = 0; i < x.length; i++) {
            mean[i % channels] += x[i] / rows;
        }
        for (int i = 0; i < x.length; i++) {
            variance[i % channels] += Math.pow(x[i] - mean[i % channels], 2) / rows;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int c = i % channels;
            double normalized = (x[i] - mean[c]) / Math.sqrt(variance[c] + op.epsilon());
            y[i] = normalized * inputs.get(1).getDouble(c) + inputs.get(2).getDouble(c);
        }
        return List.of(y, mean, variance);
    }

    static List<double[]> batchNormBackward(NormalizationOp.BatchNormBackward op, List<HostArray> inputs) {
        double[] x = inputs.get(0).toDoubleArray();
        double[] dy = inputs.get(4).toDoubleArray();
        int channels = inputs.get(0).shape().size(-1);
        int rows = x.length / channels;
        double[] h = new double[x.length];
        double[] dgamma = new double[channels];
        double[] dbeta = new double[channels];
        for (int i = 0; i < x.length; i++) {
            int c = i % channels;
            h[i] = (x[i] - inputs.get(2).getDouble(c)) / Math.sqrt(inputs.get(3).getDouble(c) + op.epsilon());
            dgamma[c] += dy[i] * h[i];
            dbeta[c] += dy[i];
        }
        double[] dx = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int c = i % channels;
            double factor = inputs.get(1).getDouble(c) / Math.sqrt(inputs.get(3).getDouble(c) + op.epsilon());
            dx[i] = factor * (dy[i] - dbeta[c] / rows - h[i] * dgamma[c] / rows);
        }
        return List.of(dx, dgamma, dbeta);
    }
}
