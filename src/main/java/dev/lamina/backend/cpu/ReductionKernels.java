package dev.lamina.backend.cpu;

import dev.lamina.ops.ReductionOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Reductions. Long sums are cut into chunks whose size depends on the shape alone, and the chunks' results are combined
 * in order; so the result does not depend on the number of threads.
 */
final class ReductionKernels {
    /** The number of elements that one thread combines at a stretch. */
    private static final int CHUNK = 32 << 10;

    private static final int GRAIN = 16 << 10;

    private final CpuThreads threads;

    ReductionKernels(CpuThreads threads) {
        this.threads = threads;
    }

    void run(ReductionOp op, Operand[] inputs, Operand[] outputs) {
        switch (op) {
            case ReductionOp.Reduce reduce -> reduce(reduce, inputs[0], outputs[0]);
            case ReductionOp.ArgReduce arg -> argReduce(arg, inputs[0], outputs[0]);
        }
    }

    /** A run of neighbouring axes that are all reduced or all kept. */
    private record Group(long size, boolean reduced) {}

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

    private void reduce(ReductionOp.Reduce op, Operand x, Operand y) {
        List<Group> groups = groups(x.shape(), op.reduced(x.shape()));
        int outputs = Math.toIntExact(y.shape().elements());
        long count = outputs == 0 ? 0 : x.shape().elements() / outputs;
        if (outputs == 0) {
            return;
        }
        boolean leadingKept = !groups.isEmpty() && !groups.getFirst().reduced;
        boolean trailingKept = groups.size() > (leadingKept ? 1 : 0) && !groups.getLast().reduced;
        if (groups.size() > 3 || groups.size() == 3 && groups.getFirst().reduced) {
            general(op, groups, x, y, outputs, count);
            return;
        }
        int outer = leadingKept ? (int) groups.getFirst().size : 1;
        int inner = trailingKept ? (int) groups.getLast().size : 1;
        if (inner == 1) {
            rows(op, x, y, outer, count);
        } else {
            columns(op, x, y, outer, count, inner);
        }
    }

    /** {@code (outer, count) -> (outer)}. */
    private void rows(ReductionOp.Reduce op, Operand x, Operand y, int outer, long count) {
        int chunks = (int) Math.max(1, Math.ceilDiv(count, CHUNK));
        int rowsAtOnce = Math.clamp(Scratch.SIZE / Math.max(1, count), 1, Scratch.SIZE);
        Accumulator sums = new Accumulator(op.kind(), x.dtype(), Math.multiplyExact(outer, chunks));
        MemorySegment in = CpuBuffer.data(x);
        Lane lane = Lane.wide(x.dtype());
        threads.parallelFor((long) outer * chunks, GRAIN / Math.max(1, Math.min(count, CHUNK)), (part, first, last) -> {
            Block block = Scratch.current().block(0);
            if (chunks == 1 && count <= Scratch.SIZE) {
                int n = (int) count;
                for (int row = (int) first; row < last; row += rowsAtOnce) {
                    int some = (int) Math.min(rowsAtOnce, last - row);
                    block.load(lane, in, x.dtype(), (long) row * n, 0, some * n);
                    for (int i = 0; i < some; i++) {
                        sums.addRun(row + i, block, i * n, n);
                    }
                }
                return;
            }
            for (int unit = (int) first; unit < last; unit++) {
                long begin = (long) (unit % chunks) * CHUNK;
                long end = Math.min(count, begin + CHUNK);
                long base = (long) (unit / chunks) * count;
                for (long at = begin; at < end; at += Scratch.SIZE) {
                    int n = (int) Math.min(Scratch.SIZE, end - at);
                    block.load(lane, in, x.dtype(), base + at, 0, n);
                    sums.addRun(unit, block, 0, n);
                }
            }
        });
        MemorySegment out = CpuBuffer.data(y);
        if (chunks == 1) {
            sums.store(0, out, y.dtype(), 0, outer, count);
            return;
        }
        for (int row = 0; row < outer; row++) {
            for (int chunk = 1; chunk < chunks; chunk++) {
                sums.merge(row * chunks, row * chunks + chunk, 1);
            }
            sums.store(row * chunks, out, y.dtype(), row, 1, count);
        }
    }

    /** {@code (outer, count, inner) -> (outer, inner)}. */
    private void columns(ReductionOp.Reduce op, Operand x, Operand y, int outer, long count, int inner) {
        long chunkRows = Math.max(16, CHUNK / inner);
        int chunks = (int) Math.max(1, Math.ceilDiv(count, chunkRows));
        int rowsAtOnce = Math.max(1, Scratch.SIZE / inner);
        int stripes = Math.ceilDiv(inner, Scratch.SIZE);
        long unitElements = Math.min(count, chunkRows) * Math.min(inner, Scratch.SIZE);
        Accumulator sums =
                new Accumulator(op.kind(), x.dtype(), Math.multiplyExact(Math.multiplyExact(outer, chunks), inner));
        MemorySegment in = CpuBuffer.data(x);
        Lane lane = Lane.wide(x.dtype());
        threads.parallelFor((long) outer * chunks * stripes, GRAIN / Math.max(1, unitElements), (part, first, last) -> {
            Block block = Scratch.current().block(0);
            for (long unit = first; unit < last; unit++) {
                int stripe = (int) (unit % stripes) * Scratch.SIZE;
                int width = Math.min(Scratch.SIZE, inner - stripe);
                int slot = (int) (unit / stripes);
                long begin = slot % chunks * chunkRows;
                long end = Math.min(count, begin + chunkRows);
                long base = (long) (slot / chunks) * count * inner;
                for (long row = begin; row < end; row += rowsAtOnce) {
                    int some = (int) Math.min(rowsAtOnce, end - row);
                    block.load(lane, in, x.dtype(), base + row * inner + stripe, 0, some * width);
                    for (int i = 0; i < some; i++) {
                        sums.addEach(slot * inner + stripe, block, i * width, width);
                    }
                }
            }
        });
        MemorySegment out = CpuBuffer.data(y);
        for (int row = 0; row < outer; row++) {
            int slot = row * chunks * inner;
            for (int chunk = 1; chunk < chunks; chunk++) {
                sums.merge(slot, slot + chunk * inner, inner);
            }
            sums.store(slot, out, y.dtype(), (long) row * inner, inner, count);
        }
    }

    /** Kept and reduced axes in any order: walks the input once, in its order. */
    private static void general(
            ReductionOp.Reduce op, List<Group> groups, Operand x, Operand y, int outputs, long count) {
        int rank = groups.size();
        long[] strides = new long[rank];
        long stride = 1;
        for (int i = rank - 1; i >= 0; i--) {
            strides[i] = groups.get(i).reduced ? 0 : stride;
            stride *= groups.get(i).reduced ? 1 : groups.get(i).size;
        }
        Accumulator sums = new Accumulator(op.kind(), x.dtype(), outputs);
        MemorySegment in = CpuBuffer.data(x);
        Lane lane = Lane.wide(x.dtype());
        Block block = Scratch.current().block(0);
        long inner = groups.getLast().size;
        long elements = x.shape().elements();
        for (long index = 0; index < elements; ) {
            long column = index % inner;
            int n = (int) Math.min(Scratch.SIZE, inner - column);
            long slot = 0;
            long rest = index / inner;
            for (int axis = rank - 2; axis >= 0; axis--) {
                slot += rest % groups.get(axis).size * strides[axis];
                rest /= groups.get(axis).size;
            }
            block.load(lane, in, x.dtype(), index, 0, n);
            if (groups.getLast().reduced) {
                sums.addRun((int) slot, block, 0, n);
            } else {
                sums.addEach((int) (slot + column), block, 0, n);
            }
            index += n;
        }
        sums.store(0, CpuBuffer.data(y), y.dtype(), 0, outputs, count);
    }

    private void argReduce(ReductionOp.ArgReduce op, Operand x, Operand y) {
        int axis = x.shape().axis(op.axis());
        int count = x.shape().size(axis);
        int inner = Math.toIntExact(x.shape().elements(axis + 1, x.shape().rank()));
        long outer = x.shape().elements(0, axis);
        MemorySegment in = CpuBuffer.data(x);
        MemorySegment out = CpuBuffer.data(y);
        boolean whole = Lane.wide(x.dtype()) == Lane.LONG;
        int stripes = Math.ceilDiv(inner, Scratch.SIZE);
        long unitElements = (long) count * Math.min(inner, Scratch.SIZE);
        threads.parallelFor(outer * stripes, GRAIN / Math.max(1, unitElements), (part, first, last) -> {
            Scratch scratch = Scratch.current();
            for (long unit = first; unit < last; unit++) {
                int stripe = (int) (unit % stripes) * Scratch.SIZE;
                int width = Math.min(Scratch.SIZE, inner - stripe);
                long row = unit / stripes;
                long base = row * count * inner + stripe;
                if (inner == 1) {
                    ArgSearch.row(op.largest(), whole, in, x.dtype(), base, count, scratch);
                } else {
                    ArgSearch.columns(op.largest(), whole, in, x.dtype(), base, count, inner, width, scratch);
                }
                Transfer.store(scratch.block(1).longs, 0, out, DType.INT32, row * inner + stripe, width);
            }
        });
    }
}
