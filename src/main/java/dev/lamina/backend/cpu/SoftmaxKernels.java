package dev.lamina.backend.cpu;

import dev.lamina.ops.SoftmaxOp;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;

/** Softmax and cross-entropy, row by row, in double precision. */
final class SoftmaxKernels {
    private static final long GRAIN = 4 << 10;

    /** Computes one row; {@code x} holds the first input's row, {@code y} becomes the first output's. */
    private interface RowBody {
        void run(Scratch scratch, long row, double[] x, double[] y, int n);
    }

    private final CpuThreads threads;

    SoftmaxKernels(CpuThreads threads) {
        this.threads = threads;
    }

    void run(SoftmaxOp op, Operand[] in, Operand[] out) {
        switch (op) {
            case SoftmaxOp.Softmax _ -> rows(in[0], out[0], SoftmaxKernels::softmax);
            case SoftmaxOp.LogSoftmax _ -> rows(in[0], out[0], SoftmaxKernels::logSoftmax);
            case SoftmaxOp.SoftmaxBackward _ -> softmaxBackward(in[0], in[1], out[0]);
            case SoftmaxOp.SparseCrossEntropy _ -> sparseCrossEntropy(in[0], in[1], out[0], out[1]);
            case SoftmaxOp.SparseCrossEntropyBackward _ -> sparseBackward(in[0], in[1], in[2], in[3], out[0]);
            case SoftmaxOp.CrossEntropy _ -> crossEntropy(in[0], in[1], out[0], out[1]);
            case SoftmaxOp.CrossEntropyBackward _ -> crossEntropyBackward(in[0], in[1], in[2], in[3], out[0]);
        }
    }

    private static void softmax(Scratch scratch, long row, double[] x, double[] y, int n) {
        double max = max(x, n);
        double sum = 0;
        for (int i = 0; i < n; i++) {
            y[i] = Math.exp(x[i] - max);
            sum += y[i];
        }
        for (int i = 0; i < n; i++) {
            y[i] /= sum;
        }
    }

    private static void logSoftmax(Scratch scratch, long row, double[] x, double[] y, int n) {
        double max = max(x, n);
        double logSum = Math.log(sumExp(x, max, n));
        for (int i = 0; i < n; i++) {
            y[i] = x[i] - max - logSum;
        }
    }

    private void softmaxBackward(Operand y, Operand dy, Operand dx) {
        MemorySegment gradient = CpuBuffer.data(dy);
        rows(y, dx, (scratch, row, softmax, result, n) -> {
            double[] g = scratch.row(2, n);
            Transfer.load(gradient, dy.dtype(), row * n, g, 0, n);
            double inner = 0;
            for (int i = 0; i < n; i++) {
                inner += softmax[i] * g[i];
            }
            for (int i = 0; i < n; i++) {
                result[i] = softmax[i] * (g[i] - inner);
            }
        });
    }

    private void sparseCrossEntropy(Operand logits, Operand labels, Operand loss, Operand logSumExp) {
        MemorySegment classes = CpuBuffer.data(labels);
        MemorySegment losses = CpuBuffer.data(loss);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        rows(logits, (scratch, row, x, _, n) -> {
            long label = Elements.getLong(classes, labels.dtype(), row);
            double normalizer = logSumExp(x, n);
            double chosen = label >= 0 && label < n ? x[(int) label] : Double.NaN;
            Elements.setDouble(losses, loss.dtype(), row, normalizer - chosen);
            Elements.setDouble(normalizers, logSumExp.dtype(), row, normalizer);
        });
    }

    private void sparseBackward(Operand logits, Operand labels, Operand logSumExp, Operand dy, Operand dx) {
        MemorySegment classes = CpuBuffer.data(labels);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        MemorySegment gradient = CpuBuffer.data(dy);
        rows(logits, dx, (scratch, row, x, result, n) -> {
            long label = Elements.getLong(classes, labels.dtype(), row);
            double normalizer = Elements.getDouble(normalizers, logSumExp.dtype(), row);
            boolean valid = label >= 0 && label < n;
            double g = valid ? Elements.getDouble(gradient, dy.dtype(), row) : Double.NaN;
            for (int i = 0; i < n; i++) {
                result[i] = g * Math.exp(x[i] - normalizer);
            }
            if (valid) {
                int at = (int) label;
                result[at] = g * (Math.exp(x[at] - normalizer) - 1);
            }
        });
    }

    private void crossEntropy(Operand logits, Operand targets, Operand loss, Operand logSumExp) {
        MemorySegment weights = CpuBuffer.data(targets);
        MemorySegment losses = CpuBuffer.data(loss);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        rows(logits, (scratch, row, x, t, n) -> {
            Transfer.load(weights, targets.dtype(), row * n, t, 0, n);
            double normalizer = logSumExp(x, n);
            double sum = 0;
            double inner = 0;
            for (int i = 0; i < n; i++) {
                sum += t[i];
                inner += t[i] * x[i];
            }
            Elements.setDouble(losses, loss.dtype(), row, sum * normalizer - inner);
            Elements.setDouble(normalizers, logSumExp.dtype(), row, normalizer);
        });
    }

    private void crossEntropyBackward(Operand logits, Operand targets, Operand logSumExp, Operand dy, Operand dx) {
        MemorySegment weights = CpuBuffer.data(targets);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        MemorySegment gradient = CpuBuffer.data(dy);
        rows(logits, dx, (scratch, row, x, result, n) -> {
            double[] t = scratch.row(2, n);
            Transfer.load(weights, targets.dtype(), row * n, t, 0, n);
            double normalizer = Elements.getDouble(normalizers, logSumExp.dtype(), row);
            double g = Elements.getDouble(gradient, dy.dtype(), row);
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += t[i];
            }
            for (int i = 0; i < n; i++) {
                result[i] = g * (sum * Math.exp(x[i] - normalizer) - t[i]);
            }
        });
    }

    private static double logSumExp(double[] x, int n) {
        double max = max(x, n);
        return max + Math.log(sumExp(x, max, n));
    }

    private static double sumExp(double[] x, double max, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Math.exp(x[i] - max);
        }
        return sum;
    }

    private static double max(double[] x, int n) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /** Runs the body for each row of {@code x} and stores the row that it leaves in {@code y}. */
    private void rows(Operand x, Operand y, RowBody body) {
        MemorySegment out = CpuBuffer.data(y);
        rows(x, (scratch, row, values, result, n) -> {
            body.run(scratch, row, values, result, n);
            Transfer.store(result, 0, out, y.dtype(), row * n, n);
        });
    }

    private void rows(Operand x, RowBody body) {
        MemorySegment in = CpuBuffer.data(x);
        int n = x.shape().size(-1);
        long rows = x.shape().elements(0, x.shape().rank() - 1);
        threads.parallelFor(rows, GRAIN / Math.max(1, n), (part, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] values = scratch.row(0, n);
            double[] result = scratch.row(1, n);
            for (long row = first; row < last; row++) {
                Transfer.load(in, x.dtype(), row * n, values, 0, n);
                body.run(scratch, row, values, result, n);
            }
        });
    }
}
