package dev.lamina.backend.cpu;

import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A reduction bound to memory. Long sums are cut into chunks whose size depends on the shape alone, and the chunks'
 * results are combined in order; so the result does not depend on the number of threads. Blocks are added to each other
 * element by element, which the JIT compiler vectorises, and folded at the end.
 */
final class Reduction implements Runnable {
    private static final int CHUNK = ColumnSums.CHUNK;
    private static final int GRAIN = 16 << 10;

    /** A run of neighbouring axes that are all reduced or all kept. */
    private record Group(long size, boolean reduced) {}

    private final CpuThreads threads;
    private final boolean natively;
    private final Kind kind;
    private final DType dtype;
    private final Lane lane;
    private final boolean floatSum;
    private final MemorySegment in;
    private final MemorySegment out;
    private final int outputs;
    private final long count;
    private final Accumulator sums;
    private final Runnable body;

    Reduction(CpuThreads threads, boolean natively, ReductionOp.Reduce op, Operand x, Operand y) {
        this.threads = threads;
        this.natively = natively;
        this.kind = op.kind();
        this.dtype = x.dtype();
        this.lane = Lane.wide(dtype);
        this.floatSum = dtype == DType.FLOAT32 && (kind == Kind.SUM || kind == Kind.MEAN);
        this.in = CpuBuffer.data(x);
        this.out = CpuBuffer.data(y);
        this.outputs = Math.toIntExact(y.shape().elements());
        this.count = outputs == 0 ? 0 : x.shape().elements() / outputs;
        List<Group> groups = groups(x.shape(), op.reduced(x.shape()));
        boolean leadingKept = !groups.isEmpty() && !groups.getFirst().reduced;
        boolean trailingKept = groups.size() > (leadingKept ? 1 : 0) && !groups.getLast().reduced;
        int outer = leadingKept ? (int) groups.getFirst().size : 1;
        int inner = trailingKept ? (int) groups.getLast().size : 1;
        if (outputs == 0) {
            sums = new Accumulator(kind, dtype, 0);
            body = () -> {};
        } else if (isFew(x, groups) && (inner == 1 ? count : inner) <= Scratch.SIZE) {
            sums = new Accumulator(kind, dtype, 0);
            body = few(outer, inner);
        } else if (groups.size() > 3 || groups.size() == 3 && groups.getFirst().reduced) {
            sums = new Accumulator(kind, dtype, outputs);
            body = general(groups, x.shape().elements(), y.dtype());
        } else if (inner == 1) {
            int chunks = (int) Math.max(1, Math.ceilDiv(count, CHUNK));
            sums = new Accumulator(kind, dtype, Math.multiplyExact(outer, chunks));
            body = rows(outer, chunks, y.dtype());
        } else {
            long chunkRows = ColumnSums.chunkRows(count, together(x.shape(), op.reduced(x.shape())), inner);
            int chunks = (int) Math.max(1, Math.ceilDiv(count, chunkRows));
            sums = new Accumulator(kind, dtype, Math.multiplyExact(Math.multiplyExact(outer, chunks), inner));
            body = columns(outer, chunks, chunkRows, inner, y.dtype());
        }
    }

    @Override
    public void run() {
        sums.reset();
        body.run();
    }

    private static List<Group> groups(Shape shape, boolean[] reduced) {
        List<Group> groups = new ArrayList<>();
        for (int axis = 0; axis < reduced.length; axis++) {
            int size = shape.size(axis);
            if (size == 1) {
                continue;
            }
            int last = groups.size() - 1;
            if (last >= 0 && groups.get(last).reduced == reduced[axis]) {
                groups.set(last, new Group(groups.get(last).size * size, reduced[axis]));
            } else {
                groups.add(new Group(size, reduced[axis]));
            }
        }
        return groups;
    }

    /** The rows of one element of the first reduced axis, such as an image's. */
    private static long together(Shape shape, boolean[] reduced) {
        int first = 0;
        while (!reduced[first]) {
            first++;
        }
        int end = first;
        while (end < reduced.length && reduced[end]) {
            end++;
        }
        return shape.elements(first + 1, end);
    }

    /** Whether one call of a native loop does it all. */
    private boolean isFew(Operand x, List<Group> groups) {
        boolean simple = groups.size() < 3 || groups.size() == 3 && !groups.getFirst().reduced;
        return natively
                && Products.widest() > 0
                && floatSum
                && simple
                && count > 0
                && x.shape().elements() < 2 * GRAIN;
    }

    /** The same sums in the same order by one call. */
    private Runnable few(int outer, int inner) {
        double divisor = kind == Kind.MEAN ? count : 1;
        if (inner == 1) {
            return () -> Loops.sumRows(in, out, outer, (int) count, divisor);
        }
        int period = Math.max(1, Scratch.SIZE / inner);
        Products.Matrices matrices = new Products.Matrices(in, outer, (int) count, inner);
        return () -> Products.sumColumns(matrices, out, period, divisor);
    }

    /**
     * Combines neighbouring elements into a block, {@code period} at a time: element {@code i} goes to {@code i mod
     * period}.
     *
     * @param period at most a block
     */
    private void collect(Scratch scratch, Block result, long index, long n, int period) {
        if (floatSum) {
            if (natively) {
                Loops.addTo(result.doubleMemory, in, index, n, period);
                return;
            }
            for (long at = 0; at < n; at += period) {
                int some = (int) Math.min(period, n - at);
                Transfer.load(in, dtype, index + at, scratch.rawFloats, 0, some);
                addFloats(result.doubles, scratch.rawFloats, some);
            }
            return;
        }
        Block block = scratch.block(0);
        for (long at = 0; at < n; at += period) {
            int some = (int) Math.min(period, n - at);
            block.load(lane, in, dtype, index + at, 0, some);
            sums.combineBlocks(result, block, some);
        }
    }

    private static void addFloats(double[] sum, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] += x[i];
        }
    }

    /** {@code (outer, count) -> (outer)}. */
    private Runnable rows(int outer, int chunks, DType target) {
        int rowsAtOnce = Math.clamp(Scratch.SIZE / Math.max(1, count), 1, Scratch.SIZE);
        boolean shortRows = chunks == 1 && count <= Scratch.SIZE;
        CpuThreads.RangeBody shares = (_, first, last) -> {
            Scratch scratch = Scratch.current();
            Block block = scratch.block(0);
            if (shortRows) {
                int n = (int) count;
                for (int row = (int) first; row < last; row += rowsAtOnce) {
                    int some = (int) Math.min(rowsAtOnce, last - row);
                    block.load(lane, in, dtype, (long) row * n, 0, some * n);
                    for (int i = 0; i < some; i++) {
                        sums.addRun(row + i, block, i * n, n);
                    }
                }
                return;
            }
            Block result = scratch.block(1);
            for (int unit = (int) first; unit < last; unit++) {
                long begin = (long) (unit % chunks) * CHUNK;
                long n = Math.min(count, begin + CHUNK) - begin;
                sums.clear(result, (int) Math.min(n, Scratch.SIZE));
                collect(scratch, result, (long) (unit / chunks) * count + begin, n, Scratch.SIZE);
                sums.addRun(unit, result, 0, (int) Math.min(n, Scratch.SIZE));
            }
        };
        long grain = GRAIN / Math.max(1, Math.min(count, CHUNK));
        return () -> {
            threads.parallelFor((long) outer * chunks, grain, shares);
            if (chunks == 1) {
                sums.store(0, out, target, 0, outer, count);
                return;
            }
            for (int row = 0; row < outer; row++) {
                for (int chunk = 1; chunk < chunks; chunk++) {
                    sums.merge(row * chunks, row * chunks + chunk, 1);
                }
                sums.store(row * chunks, out, target, row, 1, count);
            }
        };
    }

    /** {@code (outer, count, inner) -> (outer, inner)}. */
    private Runnable columns(int outer, int chunks, long chunkRows, int inner, DType target) {
        int stripes = Math.ceilDiv(inner, Scratch.SIZE);
        int rowsAtOnce = Math.max(1, Scratch.SIZE / inner);
        CpuThreads.RangeBody shares = (_, first, last) -> {
            Scratch scratch = Scratch.current();
            Block result = scratch.block(1);
            for (long unit = first; unit < last; unit++) {
                int stripe = (int) (unit % stripes) * Scratch.SIZE;
                int width = Math.min(Scratch.SIZE, inner - stripe);
                int slot = (int) (unit / stripes);
                long begin = slot % chunks * chunkRows;
                long rows = Math.min(count, begin + chunkRows) - begin;
                long base = ((long) (slot / chunks) * count + begin) * inner + stripe;
                int kept = (int) Math.min(rows, rowsAtOnce);
                sums.clear(result, kept * width);
                if (stripes == 1) {
                    collect(scratch, result, base, rows * inner, rowsAtOnce * inner);
                } else {
                    for (long row = 0; row < rows; row++) {
                        collect(scratch, result, base + row * inner, width, width);
                    }
                }
                for (int i = 0; i < kept; i++) {
                    sums.addEach(slot * inner + stripe, result, i * width, width);
                }
            }
        };
        long unitElements = Math.min(count, chunkRows) * Math.min(inner, Scratch.SIZE);
        long grain = GRAIN / Math.max(1, unitElements);
        return () -> {
            threads.parallelFor((long) outer * chunks * stripes, grain, shares);
            for (int row = 0; row < outer; row++) {
                int slot = row * chunks * inner;
                for (int chunk = 1; chunk < chunks; chunk++) {
                    sums.merge(slot, slot + chunk * inner, inner);
                }
                sums.store(slot, out, target, (long) row * inner, inner, count);
            }
        };
    }

    /** Kept and reduced axes in any order: walks the input once, in its order. */
    private Runnable general(List<Group> groups, long elements, DType target) {
        int rank = groups.size();
        long[] strides = new long[rank];
        long[] sizes = groups.stream().mapToLong(Group::size).toArray();
        long stride = 1;
        for (int i = rank - 1; i >= 0; i--) {
            strides[i] = groups.get(i).reduced ? 0 : stride;
            stride *= groups.get(i).reduced ? 1 : sizes[i];
        }
        boolean lastReduced = groups.getLast().reduced;
        long inner = sizes[rank - 1];
        return () -> {
            Block block = Scratch.current().block(0);
            for (long index = 0; index < elements; ) {
                long column = index % inner;
                int n = (int) Math.min(Scratch.SIZE, inner - column);
                long slot = 0;
                long rest = index / inner;
                for (int axis = rank - 2; axis >= 0; axis--) {
                    slot += rest % sizes[axis] * strides[axis];
                    rest /= sizes[axis];
                }
                block.load(lane, in, dtype, index, 0, n);
                if (lastReduced) {
                    sums.addRun((int) slot, block, 0, n);
                } else {
                    sums.addEach((int) (slot + column), block, 0, n);
                }
                index += n;
            }
            sums.store(0, out, target, 0, outputs, count);
        };
    }
}
