package dev.lamina.backend.cpu;

import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Layer normalization of each row, in double precision. Sums over rows go over chunks of rows that depend on the shape
 * alone.
 */
final class LayerNormKernels {
    private static final int CHUNK_ELEMENTS = 16 << 10;

    private final CpuThreads threads;

    LayerNormKernels(CpuThreads threads) {
        this.threads = threads;
    }

    private record Rows(long rows, int columns) {
        static Rows of(Operand x) {
            int columns = x.shape().size(-1);
            return new Rows(x.shape().elements() / columns, columns);
        }

        long chunk() {
            return Math.max(1, CHUNK_ELEMENTS / columns);
        }
    }

    /** Inputs {@code (x, gamma, beta)}, outputs {@code (y, mean, inverse)}. */
    void forward(double epsilon, Operand[] in, Operand[] out) {
        Operand x = in[0];
        Rows of = Rows.of(x);
        int columns = of.columns;
        double[] gamma = load(in[1], columns);
        double[] beta = load(in[2], columns);
        MemorySegment data = CpuBuffer.data(x);
        threads.parallelFor(of.rows, of.chunk(), (part, from, to) -> {
            Scratch scratch = Scratch.current();
            double[] row = scratch.row(0, columns);
            double[] statistic = scratch.row(1, 1);
            for (long r = from; r < to; r++) {
                Transfer.load(data, x.dtype(), r * columns, row, 0, columns);
                double mean = mean(row, columns);
                double inverse = 1 / Math.sqrt(variance(row, mean, columns) + epsilon);
                for (int c = 0; c < columns; c++) {
                    row[c] = (row[c] - mean) * inverse * gamma[c] + beta[c];
                }
                Transfer.store(row, 0, CpuBuffer.data(out[0]), out[0].dtype(), r * columns, columns);
                statistic[0] = mean;
                Transfer.store(statistic, 0, CpuBuffer.data(out[1]), out[1].dtype(), r, 1);
                statistic[0] = inverse;
                Transfer.store(statistic, 0, CpuBuffer.data(out[2]), out[2].dtype(), r, 1);
            }
        });
    }

    private static double mean(double[] row, int columns) {
        double sum = 0;
        for (int c = 0; c < columns; c++) {
            sum += row[c];
        }
        return sum / columns;
    }

    private static double variance(double[] row, double mean, int columns) {
        double sum = 0;
        for (int c = 0; c < columns; c++) {
            double deviation = row[c] - mean;
            sum += deviation * deviation;
        }
        return sum / columns;
    }

    /** Inputs {@code (x, gamma, mean, inverse, dy)}, outputs {@code (dx, dgamma, dbeta)}. */
    void backward(Operand[] in, Operand[] out) {
        Operand x = in[0];
        Operand dy = in[4];
        Rows of = Rows.of(x);
        int columns = of.columns;
        double[] gamma = load(in[1], columns);
        long chunks = Math.ceilDiv(of.rows, of.chunk());
        // Of each chunk dgamma, then dbeta.
        double[] sums = new double[Math.toIntExact(Math.multiplyExact(Math.max(1, chunks), 2L * columns))];
        threads.parallelFor(chunks, 1, (part, from, to) -> {
            Scratch scratch = Scratch.current();
            double[] h = scratch.row(0, columns);
            double[] g = scratch.row(1, columns);
            double[] statistic = scratch.row(2, 2);
            for (long chunk = from; chunk < to; chunk++) {
                int at = Math.toIntExact(chunk * 2 * columns);
                long end = Math.min(of.rows, (chunk + 1) * of.chunk());
                for (long r = chunk * of.chunk(); r < end; r++) {
                    Transfer.load(CpuBuffer.data(x), x.dtype(), r * columns, h, 0, columns);
                    Transfer.load(CpuBuffer.data(dy), dy.dtype(), r * columns, g, 0, columns);
                    Transfer.load(CpuBuffer.data(in[2]), in[2].dtype(), r, statistic, 0, 1);
                    Transfer.load(CpuBuffer.data(in[3]), in[3].dtype(), r, statistic, 1, 1);
                    addRow(h, g, gamma, statistic, sums, at);
                    Transfer.store(g, 0, CpuBuffer.data(out[0]), out[0].dtype(), r * columns, columns);
                }
            }
        });
        for (int chunk = 1; chunk < chunks; chunk++) {
            for (int i = 0; i < 2 * columns; i++) {
                sums[i] += sums[chunk * 2 * columns + i];
            }
        }
        Transfer.store(sums, 0, CpuBuffer.data(out[1]), out[1].dtype(), 0, columns);
        Transfer.store(sums, columns, CpuBuffer.data(out[2]), out[2].dtype(), 0, columns);
    }

    /** Turns x into h and dy into dx, and adds the row's terms of dgamma and dbeta to the sums from {@code at} on. */
    private static void addRow(double[] h, double[] g, double[] gamma, double[] statistic, double[] sums, int at) {
        int columns = gamma.length;
        double plain = 0;
        double weighted = 0;
        for (int c = 0; c < columns; c++) {
            h[c] = (h[c] - statistic[0]) * statistic[1];
            sums[at + c] += g[c] * h[c];
            sums[at + columns + c] += g[c];
            g[c] *= gamma[c];
            plain += g[c];
            weighted += g[c] * h[c];
        }
        for (int c = 0; c < columns; c++) {
            g[c] = statistic[1] * (g[c] - plain / columns - h[c] * (weighted / columns));
        }
    }

    private static double[] load(Operand x, int columns) {
        double[] values = new double[columns];
        Transfer.load(CpuBuffer.data(x), x.dtype(), 0, values, 0, columns);
        return values;
    }
}
