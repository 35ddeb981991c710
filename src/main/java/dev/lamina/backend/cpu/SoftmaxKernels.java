package dev.lamina.backend.cpu;

import dev.lamina.ops.SoftmaxOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;

/** Softmax and cross-entropy, row by row, in double precision; exponentials to that precision for float64 alone. */
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

    /** Binds an op to its memory. */
    Runnable prepare(SoftmaxOp op, Operand[] in, Operand[] out) {
        boolean fine = in[0].dtype() == DType.FLOAT64;
        return switch (op) {
            case SoftmaxOp.Softmax _ -> rows(in[0], out[0], (_, _, x, y, n) -> softmax(fine, x, y, n));
            case SoftmaxOp.LogSoftmax _ -> rows(in[0], out[0], (_, _, x, y, n) -> logSoftmax(fine, x, y, n));
            case SoftmaxOp.SoftmaxBackward _ -> softmaxBackward(in[0], in[1], out[0]);
            case SoftmaxOp.SparseCrossEntropy _ -> sparseCrossEntropy(in[0], in[1], out[0], out[1]);
            case SoftmaxOp.SparseCrossEntropyBackward _ -> sparseBackward(in[0], in[1], in[2], in[3], out[0]);
            case SoftmaxOp.CrossEntropy _ -> crossEntropy(in[0], in[1], out[0], out[1]);
            case SoftmaxOp.CrossEntropyBackward _ -> crossEntropyBackward(in[0], in[1], in[2], in[3], out[0]);
        };
    }

    /** {@code y = exp(x - shift)}. */
    private static void exp(boolean fine, double[] x, double shift, double[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = x[i] - shift;
        }
        if (fine) {
            for (int i = 0; i < n; i++) {
                y[i] = Math.exp(y[i]);
            }
        } else {
            Exponential.exp(y, n);
        }
    }

    private static double sum(double[] x, int n) {
        return Accumulator.sum(x, 0, n);
    }

    private static void softmax(boolean fine, double[] x, double[] y, int n) {
        exp(fine, x, max(x, n), y, n);
        double sum = sum(y, n);
        for (int i = 0; i < n; i++) {
            y[i] /= sum;
        }
    }

    private static void logSoftmax(boolean fine, double[] x, double[] y, int n) {
        double normalizer = logSumExp(fine, x, y, n);
        for (int i = 0; i < n; i++) {
            y[i] = x[i] - normalizer;
        }
    }

    private Runnable softmaxBackward(Operand y, Operand dy, Operand dx) {
        MemorySegment gradient = CpuBuffer.data(dy);
        return rows(y, dx, (scratch, row, softmax, result, n) -> {
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

    private Runnable sparseCrossEntropy(Operand logits, Operand labels, Operand loss, Operand logSumExp) {
        boolean fine = logits.dtype() == DType.FLOAT64;
        MemorySegment classes = CpuBuffer.data(labels);
        MemorySegment losses = CpuBuffer.data(loss);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        return rows(logits, (_, row, x, y, n) -> {
            long label = Elements.getLong(classes, labels.dtype(), row);
            double normalizer = logSumExp(fine, x, y, n);
            double chosen = label >= 0 && label < n ? x[(int) label] : Double.NaN;
            Elements.setDouble(losses, loss.dtype(), row, normalizer - chosen);
            Elements.setDouble(normalizers, logSumExp.dtype(), row, normalizer);
        });
    }

    private Runnable sparseBackward(Operand logits, Operand labels, Operand logSumExp, Operand dy, Operand dx) {
        boolean fine = logits.dtype() == DType.FLOAT64;
        MemorySegment classes = CpuBuffer.data(labels);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        MemorySegment gradient = CpuBuffer.data(dy);
        return rows(logits, dx, (_, row, x, result, n) -> {
            long label = Elements.getLong(classes, labels.dtype(), row);
            double normalizer = Elements.getDouble(normalizers, logSumExp.dtype(), row);
            boolean valid = label >= 0 && label < n;
            double g = valid ? Elements.getDouble(gradient, dy.dtype(), row) : Double.NaN;
            exp(fine, x, normalizer, result, n);
            if (valid) {
                result[(int) label] -= 1;
            }
            for (int i = 0; i < n; i++) {
                result[i] *= g;
            }
        });
    }

    private Runnable crossEntropy(Operand logits, Operand targets, Operand loss, Operand logSumExp) {
        boolean fine = logits.dtype() == DType.FLOAT64;
        MemorySegment weights = CpuBuffer.data(targets);
        MemorySegment losses = CpuBuffer.data(loss);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        return rows(logits, (scratch, row, x, y, n) -> {
            double[] t = scratch.row(2, n);
            Transfer.load(weights, targets.dtype(), row * n, t, 0, n);
            double normalizer = logSumExp(fine, x, y, n);
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

    private Runnable crossEntropyBackward(Operand logits, Operand targets, Operand logSumExp, Operand dy, Operand dx) {
        boolean fine = logits.dtype() == DType.FLOAT64;
        MemorySegment weights = CpuBuffer.data(targets);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        MemorySegment gradient = CpuBuffer.data(dy);
        return rows(logits, dx, (scratch, row, x, result, n) -> {
            double[] t = scratch.row(2, n);
            Transfer.load(weights, targets.dtype(), row * n, t, 0, n);
            double normalizer = Elements.getDouble(normalizers, logSumExp.dtype(), row);
            double g = Elements.getDouble(gradient, dy.dtype(), row);
            double sum = sum(t, n);
            exp(fine, x, normalizer, result, n);
            for (int i = 0; i < n; i++) {
                result[i] = g * (sum * result[i] - t[i]);
            }
        });
    }

    private static double logSumExp(boolean fine, double[] x, double[] y, int n) {
        double max = max(x, n);
        exp(fine, x, max, y, n);
        return max + Math.log(sum(y, n));
    }

    private static double max(double[] x, int n) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /** Runs the body for each row of {@code x} and stores the row that it leaves in {@code y}. */
    private Runnable rows(Operand x, Operand y, RowBody body) {
        MemorySegment out = CpuBuffer.data(y);
        DType dtype = y.dtype();
        return rows(x, (scratch, row, values, result, n) -> {
            body.run(scratch, row, values, result, n);
            Transfer.store(result, 0, out, dtype, row * n, n);
        });
    }

    private Runnable rows(Operand x, RowBody body) {
        MemorySegment in = CpuBuffer.data(x);
        DType dtype = x.dtype();
        int n = x.shape().size(-1);
        long rows = x.shape().elements(0, x.shape().rank() - 1);
        CpuThreads.RangeBody share = (_, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] values = scratch.row(0, n);
            double[] result = scratch.row(1, n);
            for (long row = first; row < last; row++) {
                Transfer.load(in, dtype, row * n, values, 0, n);
                body.run(scratch, row, values, result, n);
            }
        };
        return () -> threads.parallelFor(rows, GRAIN / Math.max(1, n), share);
    }
}
