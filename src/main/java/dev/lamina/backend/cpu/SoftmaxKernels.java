package dev.lamina.backend.cpu;

import dev.lamina.ops.SoftmaxOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Softmax and cross-entropy in double precision; exponentials to that precision for float64 alone. Several short rows
 * go through the exponential at once.
 */
final class SoftmaxKernels {
    private static final long GRAIN = 640;

    /** What is taken from a row's elements before the exponential; the row begins at {@code at}. */
    private interface Shift {
        double of(long row, double[] x, int at, int n);
    }

    /** Makes a row's result of {@code y = exp(x - shift)}, in place or elsewhere. */
    private interface Finish {
        void run(Row row, double[] x, double[] y);
    }

    /** A row and where it lies in the arrays: one for each part, so that a run makes no objects. */
    private static final class Row {
        private final int n;
        private Scratch scratch = Scratch.current();
        private long number;
        private int at;
        private double shift;

        Row(int n) {
            this.n = n;
        }

        double sum(double[] x) {
            return Accumulator.sum(x, at, n);
        }

        double logSum(double[] y) {
            return shift + Math.log(sum(y));
        }
    }

    private final CpuThreads threads;

    SoftmaxKernels(CpuThreads threads) {
        this.threads = threads;
    }

    /** Binds an op to its memory. */
    Runnable prepare(SoftmaxOp op, Operand[] in, Operand[] out) {
        return switch (op) {
            case SoftmaxOp.Softmax _ -> rows(in[0], Optional.of(out[0]), SoftmaxKernels::max, SoftmaxKernels::softmax);
            case SoftmaxOp.LogSoftmax _ ->
                rows(in[0], Optional.of(out[0]), SoftmaxKernels::max, SoftmaxKernels::logSoftmax);
            case SoftmaxOp.SoftmaxBackward _ -> softmaxBackward(in[0], in[1], out[0]);
            case SoftmaxOp.SparseCrossEntropy _ -> sparseCrossEntropy(in[0], in[1], out[0], out[1]);
            case SoftmaxOp.SparseCrossEntropyBackward _ -> sparseBackward(in[0], in[1], in[2], in[3], out[0]);
            case SoftmaxOp.CrossEntropy _ -> crossEntropy(in[0], in[1], out[0], out[1]);
            case SoftmaxOp.CrossEntropyBackward _ -> crossEntropyBackward(in[0], in[1], in[2], in[3], out[0]);
        };
    }

    private static double max(long row, double[] x, int at, int n) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    private static void softmax(Row row, double[] x, double[] y) {
        double sum = row.sum(y);
        for (int i = row.at; i < row.at + row.n; i++) {
            y[i] /= sum;
        }
    }

    private static void logSoftmax(Row row, double[] x, double[] y) {
        double normalizer = row.logSum(y);
        for (int i = row.at; i < row.at + row.n; i++) {
            y[i] = x[i] - normalizer;
        }
    }

    private Runnable softmaxBackward(Operand y, Operand dy, Operand dx) {
        MemorySegment softmax = CpuBuffer.data(y);
        MemorySegment gradient = CpuBuffer.data(dy);
        MemorySegment result = CpuBuffer.data(dx);
        int n = y.shape().size(-1);
        CpuThreads.RangeBody share = (_, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] s = scratch.row(0, n);
            double[] g = scratch.row(1, n);
            for (long row = first; row < last; row++) {
                Transfer.load(softmax, y.dtype(), row * n, s, 0, n);
                Transfer.load(gradient, dy.dtype(), row * n, g, 0, n);
                double inner = 0;
                for (int i = 0; i < n; i++) {
                    inner += s[i] * g[i];
                }
                for (int i = 0; i < n; i++) {
                    g[i] = s[i] * (g[i] - inner);
                }
                Transfer.store(g, 0, result, dx.dtype(), row * n, n);
            }
        };
        long rows = y.shape().elements(0, y.shape().rank() - 1);
        return () -> threads.parallelFor(rows, GRAIN / Math.max(1, n), share);
    }

    private Runnable sparseCrossEntropy(Operand logits, Operand labels, Operand loss, Operand logSumExp) {
        MemorySegment classes = CpuBuffer.data(labels);
        MemorySegment losses = CpuBuffer.data(loss);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        return rows(logits, Optional.empty(), SoftmaxKernels::max, (row, x, y) -> {
            long label = Elements.getLong(classes, labels.dtype(), row.number);
            double normalizer = row.logSum(y);
            double chosen = label >= 0 && label < row.n ? x[row.at + (int) label] : Double.NaN;
            Elements.setDouble(losses, loss.dtype(), row.number, normalizer - chosen);
            Elements.setDouble(normalizers, logSumExp.dtype(), row.number, normalizer);
        });
    }

    private static Shift given(Operand logSumExp) {
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        DType dtype = logSumExp.dtype();
        return (row, _, _, _) -> Elements.getDouble(normalizers, dtype, row);
    }

    private Runnable sparseBackward(Operand logits, Operand labels, Operand logSumExp, Operand dy, Operand dx) {
        MemorySegment classes = CpuBuffer.data(labels);
        MemorySegment gradient = CpuBuffer.data(dy);
        return rows(logits, Optional.of(dx), given(logSumExp), (row, _, result) -> {
            long label = Elements.getLong(classes, labels.dtype(), row.number);
            boolean valid = label >= 0 && label < row.n;
            double g = valid ? Elements.getDouble(gradient, dy.dtype(), row.number) : Double.NaN;
            if (valid) {
                result[row.at + (int) label] -= 1;
            }
            for (int i = row.at; i < row.at + row.n; i++) {
                result[i] *= g;
            }
        });
    }

    private Runnable crossEntropy(Operand logits, Operand targets, Operand loss, Operand logSumExp) {
        MemorySegment weights = CpuBuffer.data(targets);
        MemorySegment losses = CpuBuffer.data(loss);
        MemorySegment normalizers = CpuBuffer.data(logSumExp);
        return rows(logits, Optional.empty(), SoftmaxKernels::max, (row, x, y) -> {
            double[] t = row.scratch.row(2, row.n);
            Transfer.load(weights, targets.dtype(), row.number * row.n, t, 0, row.n);
            double normalizer = row.logSum(y);
            double sum = 0;
            double inner = 0;
            for (int i = 0; i < row.n; i++) {
                sum += t[i];
                inner += t[i] * x[row.at + i];
            }
            Elements.setDouble(losses, loss.dtype(), row.number, sum * normalizer - inner);
            Elements.setDouble(normalizers, logSumExp.dtype(), row.number, normalizer);
        });
    }

    private Runnable crossEntropyBackward(Operand logits, Operand targets, Operand logSumExp, Operand dy, Operand dx) {
        MemorySegment weights = CpuBuffer.data(targets);
        MemorySegment gradient = CpuBuffer.data(dy);
        return rows(logits, Optional.of(dx), given(logSumExp), (row, _, result) -> {
            double[] t = row.scratch.row(2, row.n);
            Transfer.load(weights, targets.dtype(), row.number * row.n, t, 0, row.n);
            double g = Elements.getDouble(gradient, dy.dtype(), row.number);
            double sum = Accumulator.sum(t, 0, row.n);
            for (int i = 0; i < row.n; i++) {
                result[row.at + i] = g * (sum * result[row.at + i] - t[i]);
            }
        });
    }

    /** Runs over the rows of {@code x}, and stores what becomes of their exponentials in {@code y} if there is one. */
    private Runnable rows(Operand x, Optional<Operand> y, Shift shift, Finish finish) {
        MemorySegment in = CpuBuffer.data(x);
        Optional<MemorySegment> out = y.map(CpuBuffer::data);
        DType dtype = x.dtype();
        int n = x.shape().size(-1);
        long rows = x.shape().elements(0, x.shape().rank() - 1);
        int atOnce = Math.max(1, Scratch.SIZE / Math.max(1, n));
        Row[] places = Stream.generate(() -> new Row(n)).limit(threads.size()).toArray(Row[]::new);
        CpuThreads.RangeBody share = (part, first, last) -> {
            Row row = places[part];
            row.scratch = Scratch.current();
            double[] values = row.scratch.row(0, atOnce * n);
            double[] result = row.scratch.row(1, atOnce * n);
            double[] shifts = row.scratch.row(3, atOnce);
            for (long begin = first; begin < last; begin += atOnce) {
                int count = (int) Math.min(atOnce, last - begin);
                Transfer.load(in, dtype, begin * n, values, 0, count * n);
                for (int i = 0; i < count; i++) {
                    shifts[i] = shift.of(begin + i, values, i * n, n);
                    for (int j = i * n; j < i * n + n; j++) {
                        result[j] = values[j] - shifts[i];
                    }
                }
                exp(dtype, result, count * n);
                for (int i = 0; i < count; i++) {
                    row.number = begin + i;
                    row.at = i * n;
                    row.shift = shifts[i];
                    finish.run(row, values, result);
                }
                if (out.isPresent()) {
                    Transfer.store(result, 0, out.get(), dtype, begin * n, count * n);
                }
            }
        };
        return () -> threads.parallelFor(rows, GRAIN / Math.max(1, n), share);
    }

    private static void exp(DType dtype, double[] x, int n) {
        if (dtype == DType.FLOAT64) {
            for (int i = 0; i < n; i++) {
                x[i] = Math.exp(x[i]);
            }
        } else {
            Exponential.exp(x, n);
        }
    }
}
