package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The matrix product in plain Java, summed in double precision: what float64 uses, what float32 uses without oneDNN,
 * and what oneDNN is tested against. Works on panels of B that fit into the cache.
 */
final class ReferenceMatmul {
    private static final int ROWS = 32;
    private static final int COLUMNS = 256;
    private static final int DEPTH = 128;

    private ReferenceMatmul() {}

    static void multiply(DType dtype, GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c) {
        Scratch scratch = Scratch.current();
        double[] panel = scratch.row(0, DEPTH * COLUMNS);
        double[] sums = scratch.row(1, ROWS * COLUMNS);
        double[] left = scratch.row(2, ROWS * DEPTH);
        for (int column = 0; column < call.n(); column += COLUMNS) {
            int columns = Math.min(COLUMNS, call.n() - column);
            for (int row = 0; row < call.m(); row += ROWS) {
                int rows = Math.min(ROWS, call.m() - row);
                Arrays.fill(sums, 0, rows * columns, 0);
                for (int depth = 0; depth < call.k(); depth += DEPTH) {
                    int depths = Math.min(DEPTH, call.k() - depth);
                    load(dtype, b, call.transposeB(), call.ldb(), depth, depths, column, columns, panel);
                    load(dtype, a, call.transposeA(), call.lda(), row, rows, depth, depths, left);
                    for (int i = 0; i < rows; i++) {
                        for (int p = 0; p < depths; p++) {
                            addScaled(sums, i * columns, left[i * depths + p], panel, p * columns, columns);
                        }
                    }
                }
                store(dtype, call, c, row, rows, column, columns, sums);
            }
        }
    }

    private static void addScaled(double[] sums, int at, double factor, double[] x, int from, int n) {
        for (int j = 0; j < n; j++) {
            sums[at + j] += factor * x[from + j];
        }
    }

    /** Loads a part of a matrix densely, by rows; a transposed one is stored by columns. */
    private static void load(
            DType dtype,
            MemorySegment data,
            boolean transposed,
            int stride,
            int row,
            int rows,
            int column,
            int columns,
            double[] to) {
        for (int i = 0; i < rows; i++) {
            if (transposed) {
                for (int j = 0; j < columns; j++) {
                    to[i * columns + j] = Elements.getDouble(data, dtype, (long) (column + j) * stride + row + i);
                }
            } else {
                Transfer.load(data, dtype, (long) (row + i) * stride + column, to, i * columns, columns);
            }
        }
    }

    private static void store(
            DType dtype, GemmCall call, MemorySegment c, int row, int rows, int column, int columns, double[] sums) {
        double[] before = Scratch.current().row(3, columns);
        for (int i = 0; i < rows; i++) {
            long index = (long) (row + i) * call.ldc() + column;
            if (call.beta() != 0) {
                Transfer.load(c, dtype, index, before, 0, columns);
                addScaled(sums, i * columns, call.beta(), before, 0, columns);
            }
            Transfer.store(sums, i * columns, c, dtype, index, columns);
        }
    }
}
