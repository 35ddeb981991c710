package dev.lamina.backend.cpu;

import dev.lamina.ops.NormalizationOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Batch normalization over rows of channels, in double precision. Sums go over chunks of rows that depend on the shape
 * alone.
 */
final class NormalizationKernels {
    private static final int CHUNK_ELEMENTS = 16 << 10;

    /** Computes the row that begins at {@code row} of each array. */
    private interface RowBody {
        void run(double[] x, double[] dy, int row, double[] result, int channels);
    }

    /** Adds the terms of the row that begins at {@code row} to the sums that begin at {@code at}. */
    private interface RowTerms {
        void add(double[] x, double[] dy, int row, double[] sums, int at, int channels);
    }

    /** Handles some rows of one chunk, of which {@code first} is the first. */
    private interface RowsBody {
        void run(long chunk, long first, int rows, Scratch scratch, double[] x, double[] dy);
    }

    private final CpuThreads threads;
    private final LayerNormKernels layerNorm;

    NormalizationKernels(CpuThreads threads) {
        this.threads = threads;
        this.layerNorm = new LayerNormKernels(threads);
    }

    void run(NormalizationOp op, Operand[] in, Operand[] out) {
        switch (op) {
            case NormalizationOp.BatchNorm norm -> forward(norm.epsilon(), in[0], in[1], in[2], out);
            case NormalizationOp.BatchNormBackward norm -> backward(norm.epsilon(), in, out);
            case NormalizationOp.LayerNorm norm -> layerNorm.forward(norm.epsilon(), in, out);
            case NormalizationOp.LayerNormBackward _ -> layerNorm.backward(in, out);
        }
    }

    private void forward(double epsilon, Operand x, Operand gamma, Operand beta, Operand[] out) {
        double[] scale = load(gamma);
        double[] shift = load(beta);
        long rows = rows(x);
        double[] mean = sums(x, x, 1, (values, _, row, sums, at, channels) -> {
            for (int c = 0; c < channels; c++) {
                sums[at + c] += values[row + c];
            }
        });
        divide(mean, rows);
        double[] variance = sums(x, x, 1, (values, _, row, sums, at, channels) -> {
            for (int c = 0; c < channels; c++) {
                double deviation = values[row + c] - mean[c];
                sums[at + c] += deviation * deviation;
            }
        });
        divide(variance, rows);
        double[] factor = new double[scale.length];
        for (int c = 0; c < factor.length; c++) {
            factor[c] = scale[c] / Math.sqrt(variance[c] + epsilon);
        }
        map(x, x, out[0], (values, _, row, result, channels) -> {
            for (int c = 0; c < channels; c++) {
                result[row + c] = (values[row + c] - mean[c]) * factor[c] + shift[c];
            }
        });
        store(mean, out[1]);
        store(variance, out[2]);
    }

    private void backward(double epsilon, Operand[] in, Operand[] out) {
        Operand x = in[0];
        Operand dy = in[4];
        double[] scale = load(in[1]);
        double[] mean = load(in[2]);
        double[] inverse = load(in[3]);
        int channels = scale.length;
        for (int c = 0; c < channels; c++) {
            inverse[c] = 1 / Math.sqrt(inverse[c] + epsilon);
        }
        double[] sums = sums(x, dy, 2, (values, g, row, to, at, n) -> {
            for (int c = 0; c < n; c++) {
                to[at + c] += g[row + c];
                to[at + n + c] += g[row + c] * ((values[row + c] - mean[c]) * inverse[c]);
            }
        });
        double[] means = sums.clone();
        divide(means, rows(x));
        map(x, dy, out[0], (values, g, row, result, n) -> {
            for (int c = 0; c < n; c++) {
                double normalized = (values[row + c] - mean[c]) * inverse[c];
                result[row + c] = scale[c] * inverse[c] * (g[row + c] - means[c] - normalized * means[n + c]);
            }
        });
        Transfer.store(sums, channels, CpuBuffer.data(out[1]), out[1].dtype(), 0, channels);
        Transfer.store(sums, 0, CpuBuffer.data(out[2]), out[2].dtype(), 0, channels);
    }

    /** Sums of terms of each channel over all rows, {@code kinds} of them one after the other. */
    private double[] sums(Operand x, Operand dy, int kinds, RowTerms terms) {
        int channels = x.shape().size(-1);
        int width = kinds * channels;
        long rows = rows(x);
        long chunkRows = chunkRows(channels);
        int chunks = (int) Math.ceilDiv(rows, chunkRows);
        double[] sums = new double[Math.multiplyExact(Math.max(1, chunks), width)];
        eachChunk(x, dy, (chunk, _, count, _, a, b) -> {
            for (int row = 0; row < count; row++) {
                terms.add(a, b, row * channels, sums, (int) chunk * width, channels);
            }
        });
        for (int chunk = 1; chunk < chunks; chunk++) {
            for (int i = 0; i < width; i++) {
                sums[i] += sums[chunk * width + i];
            }
        }
        return sums;
    }

    private void map(Operand x, Operand dy, Operand y, RowBody body) {
        MemorySegment out = CpuBuffer.data(y);
        int channels = x.shape().size(-1);
        eachChunk(x, dy, (_, first, count, scratch, a, b) -> {
            double[] result = scratch.row(2, count * channels);
            for (int row = 0; row < count; row++) {
                body.run(a, b, row * channels, result, channels);
            }
            Transfer.store(result, 0, out, y.dtype(), first * channels, count * channels);
        });
    }

    private void eachChunk(Operand x, Operand dy, RowsBody body) {
        int channels = x.shape().size(-1);
        long rows = rows(x);
        long chunkRows = chunkRows(channels);
        int rowsAtOnce = Math.max(1, Scratch.SIZE / Math.max(1, channels));
        MemorySegment first = CpuBuffer.data(x);
        MemorySegment second = CpuBuffer.data(dy);
        DType dtype = x.dtype();
        boolean two = !x.equals(dy);
        threads.parallelFor(Math.ceilDiv(rows, chunkRows), 1, (part, from, to) -> {
            Scratch scratch = Scratch.current();
            double[] a = scratch.row(0, rowsAtOnce * channels);
            double[] b = two ? scratch.row(1, rowsAtOnce * channels) : a;
            for (long chunk = from; chunk < to; chunk++) {
                long end = Math.min(rows, (chunk + 1) * chunkRows);
                for (long row = chunk * chunkRows; row < end; row += rowsAtOnce) {
                    int count = (int) Math.min(rowsAtOnce, end - row);
                    Transfer.load(first, dtype, row * channels, a, 0, count * channels);
                    if (two) {
                        Transfer.load(second, dtype, row * channels, b, 0, count * channels);
                    }
                    body.run(chunk, row, count, scratch, a, b);
                }
            }
        });
    }

    private static long chunkRows(int channels) {
        return Math.max(1, CHUNK_ELEMENTS / Math.max(1, channels));
    }

    private static long rows(Operand x) {
        int channels = x.shape().size(-1);
        return channels == 0 ? 0 : x.shape().elements() / channels;
    }

    private static double[] load(Operand x) {
        int n = Math.toIntExact(x.shape().elements());
        double[] values = new double[n];
        Transfer.load(CpuBuffer.data(x), x.dtype(), 0, values, 0, n);
        return values;
    }

    private static void store(double[] values, Operand y) {
        Transfer.store(
                values,
                0,
                CpuBuffer.data(y),
                y.dtype(),
                0,
                Math.toIntExact(y.shape().elements()));
    }

    private static void divide(double[] sums, long rows) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] /= rows;
        }
    }
}
