package dev.lamina.backend.cpu;

import dev.lamina.ops.IndexOp;
import dev.lamina.ops.Op;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Ops driven by integer indices, which are read and checked before anything is written. */
final class IndexKernels {
    private static final long GRAIN_BYTES = 32 << 10;

    private final CpuThreads threads;
    private final StridedCopy copy;

    IndexKernels(CpuThreads threads) {
        this.threads = threads;
        this.copy = new StridedCopy(threads);
    }

    void run(IndexOp op, Operand[] inputs, Operand[] outputs) {
        switch (op) {
            case IndexOp.Gather gather -> gather(gather, inputs[0], inputs[1], outputs[0]);
            case IndexOp.ScatterAdd scatter -> scatterAdd(scatter, inputs[0], inputs[1], outputs[0]);
            case IndexOp.OneHot oneHot -> oneHot(oneHot.depth(), inputs[0], outputs[0]);
        }
    }

    private void gather(IndexOp.Gather op, Operand table, Operand indices, Operand y) {
        Shape shape = table.shape();
        int[] rows = checked(op, indices, shape.size(0));
        long rowBytes = shape.elements(1, shape.rank()) * table.dtype().bytes();
        MemorySegment from = CpuBuffer.data(table);
        MemorySegment to = CpuBuffer.data(y);
        threads.parallelFor(rows.length, GRAIN_BYTES / Math.max(1, rowBytes), (part, first, last) -> {
            for (int i = (int) first; i < last; i++) {
                MemorySegment.copy(from, rows[i] * rowBytes, to, i * rowBytes, rowBytes);
            }
        });
    }

    /**
     * Sorts the entries by row first (a stable counting sort), so that each row is summed by one thread in the entries'
     * order.
     */
    private void scatterAdd(IndexOp.ScatterAdd op, Operand indices, Operand dy, Operand y) {
        int[] rows = checked(op, indices, op.rows());
        int[] ends = new int[op.rows() + 1];
        for (int row : rows) {
            ends[row + 1]++;
        }
        for (int row = 0; row < op.rows(); row++) {
            ends[row + 1] += ends[row];
        }
        int[] order = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            order[ends[rows[i]]++] = i;
        }
        // Now ends[row] is where the row's entries end; the row before it ends where they begin.
        int entry = Math.toIntExact(y.shape().elements(1, y.shape().rank()));
        MemorySegment from = CpuBuffer.data(dy);
        MemorySegment to = CpuBuffer.data(y);
        threads.parallelFor(op.rows(), GRAIN_BYTES / Math.max(1, entry * 4L), (part, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] sum = scratch.block(0).doubles;
            double[] next = scratch.block(1).doubles;
            for (int row = (int) first; row < last; row++) {
                int begin = row == 0 ? 0 : ends[row - 1];
                for (int at = 0; at < entry; at += Scratch.SIZE) {
                    int n = Math.min(Scratch.SIZE, entry - at);
                    Arrays.fill(sum, 0, n, 0);
                    for (int i = begin; i < ends[row]; i++) {
                        Transfer.load(from, dy.dtype(), (long) order[i] * entry + at, next, 0, n);
                        for (int j = 0; j < n; j++) {
                            sum[j] += next[j];
                        }
                    }
                    Transfer.store(sum, 0, to, y.dtype(), (long) row * entry + at, n);
                }
            }
        });
    }

    private void oneHot(int depth, Operand indices, Operand y) {
        copy.fill(y, 0);
        MemorySegment from = CpuBuffer.data(indices);
        MemorySegment to = CpuBuffer.data(y);
        for (long i = 0, n = indices.shape().elements(); i < n; i++) {
            long index = Elements.getLong(from, indices.dtype(), i);
            if (index >= 0 && index < depth) {
                Elements.setLong(to, y.dtype(), i * depth + index, 1);
            }
        }
    }

    /** The indices; one outside {@code [0, rows)} is an error. */
    private static int[] checked(Op op, Operand indices, int rows) {
        MemorySegment data = CpuBuffer.data(indices);
        int[] values = new int[Math.toIntExact(indices.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            long value = Elements.getLong(data, indices.dtype(), i);
            if (value < 0 || value >= rows) {
                throw new IllegalArgumentException("[" + op.opName() + "] expected indices from 0 to " + (rows - 1)
                        + "; received " + value + " at position " + i + ".");
            }
            values[i] = (int) value;
        }
        return values;
    }
}
