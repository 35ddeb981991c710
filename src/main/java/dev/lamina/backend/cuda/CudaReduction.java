package dev.lamina.backend.cuda;

import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Reductions. Axes are merged to (outer, count, inner) where they can be; a long count is cut into chunks, whose
 * results are combined by a second launch. The chunks depend on the shape alone, so the bits do too.
 */
final class CudaReduction {
    private final CudaLauncher launcher;
    private final KernelTable<String> kernels;

    CudaReduction(CudaLauncher launcher) {
        this.launcher = launcher;
        this.kernels = KernelTable.typed(launcher.library());
    }

    /** A run of neighbouring axes that are all reduced or all kept. */
    private record Group(long size, boolean reduced) {}

    /** A reduction of the middle axis; {@code inner} is 1 for rows. */
    private record Middle(long outer, long count, long inner) {
        long chunk() {
            return inner == 1 ? Chunks.ofRow(count) : Chunks.ofColumn(count);
        }

        long chunks() {
            return Math.max(1, Math.ceilDiv(count, chunk()));
        }
    }

    long workspaceBytes(ReductionOp op, List<TensorSpec> inputs) {
        return switch (op) {
            case ReductionOp.ArgReduce _ -> 0;
            case ReductionOp.Reduce reduce -> {
                TensorSpec x = inputs.getFirst();
                List<Group> groups = groups(x.shape(), reduce.reduced(x.shape()));
                if (!isMiddle(groups)) {
                    yield 0;
                }
                Middle middle = middle(groups);
                yield middle.chunks() == 1
                        ? 0
                        : middle.outer * middle.chunks() * middle.inner * partialBytes(reduce.kind(), x.dtype());
            }
        };
    }

    void run(ReductionOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        switch (op) {
            case ReductionOp.Reduce reduce -> reduce(reduce, inputs[0], outputs[0], workspace);
            case ReductionOp.ArgReduce arg -> argReduce(arg, inputs[0], outputs[0]);
        }
    }

    private void reduce(ReductionOp.Reduce op, Operand x, Operand y, Operand workspace) {
        long n = y.shape().elements();
        if (n == 0) {
            return;
        }
        boolean[] reduced = op.reduced(x.shape());
        List<Group> groups = groups(x.shape(), reduced);
        long count = 1;
        for (Group group : groups) {
            count *= group.reduced ? group.size : 1;
        }
        double divisor = op.kind() == Kind.MEAN ? count : 1;
        String root = root(op.kind());
        if (!isMiddle(groups)) {
            general(root, groups, x, y, n, divisor);
            return;
        }
        Middle middle = middle(groups);
        String shape = middle.inner == 1 ? "_rows" : "_columns";
        if (middle.chunks() == 1) {
            launch(
                    root + shape,
                    x.dtype(),
                    CudaBuffer.address(x),
                    CudaBuffer.address(y),
                    middle,
                    middle.chunk(),
                    divisor);
            return;
        }
        boolean widened = partialBytes(op.kind(), x.dtype()) != x.dtype().bytes();
        long partials = CudaBuffer.address(workspace);
        Middle second = new Middle(middle.outer, middle.chunks(), middle.inner);
        String first = root + shape + (widened ? "_partial" : "");
        launch(first, x.dtype(), CudaBuffer.address(x), partials, middle, middle.chunk(), 1);
        String last = root + shape + (widened ? "_finish" : "");
        launch(last, x.dtype(), partials, CudaBuffer.address(y), second, middle.chunks(), divisor);
    }

    private void launch(String root, DType dtype, long x, long y, Middle of, long chunk, double divisor) {
        LaunchPacker launch = launcher.start(kernels.get(root, dtype))
                .pointer(x)
                .pointer(y)
                .i64(of.outer)
                .i64(of.count);
        long chunks = Math.max(1, Math.ceilDiv(of.count, chunk));
        if (of.inner == 1) {
            launch.i64(chunk).f64(divisor).overRows(of.outer * chunks, chunk);
        } else {
            launch.i64(of.inner).i64(chunk).f64(divisor).overColumns(of.outer * chunks, of.inner);
        }
    }

    private void general(String root, List<Group> groups, Operand x, Operand y, long n, double divisor) {
        long[] sizes = new long[groups.size()];
        long[] strides = new long[groups.size()];
        long[] dense = new long[groups.size()];
        long stride = 1;
        for (int i = groups.size() - 1; i >= 0; i--) {
            dense[i] = stride;
            stride *= groups.get(i).size;
        }
        int at = 0;
        int kept = 0;
        for (boolean reduced : new boolean[] {false, true}) {
            for (int i = 0; i < groups.size(); i++) {
                if (groups.get(i).reduced == reduced) {
                    sizes[at] = groups.get(i).size;
                    strides[at++] = dense[i];
                }
            }
            kept = reduced ? kept : at;
        }
        launcher.start(kernels.get(root + "_general", x.dtype()))
                .pointer(x)
                .pointer(y)
                .strides(CudaStrides.unmerged(sizes, strides))
                .i64(n)
                .i32(kept)
                .f64(divisor)
                .overRows(n, 1);
    }

    private void argReduce(ReductionOp.ArgReduce op, Operand x, Operand y) {
        int axis = x.shape().axis(op.axis());
        long outer = x.shape().elements(0, axis);
        long count = x.shape().size(axis);
        long inner = x.shape().elements(axis + 1, x.shape().rank());
        boolean rows = inner == 1;
        LaunchPacker launch = launcher.start(kernels.get(op.opName() + (rows ? "_rows" : "_columns"), x.dtype()))
                .pointer(x)
                .pointer(y)
                .i64(outer)
                .i64(count);
        if (rows) {
            launch.overRows(outer, count);
        } else {
            launch.i64(inner).overElements(outer * inner);
        }
    }

    private static String root(Kind kind) {
        return switch (kind) {
            case SUM, MEAN -> "reduce_sum";
            case MAX -> "reduce_max";
            case MIN -> "reduce_min";
        };
    }

    /** The size of one partial result: sums of short floats stay float32 in between. */
    private static int partialBytes(Kind kind, DType dtype) {
        boolean sum = kind == Kind.SUM || kind == Kind.MEAN;
        boolean half = dtype.isHalf();
        return sum && half ? DType.FLOAT32.bytes() : dtype.bytes();
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

    /** Whether at most one group is reduced. */
    private static boolean isMiddle(List<Group> groups) {
        return groups.stream().filter(Group::reduced).count() <= 1;
    }

    private static Middle middle(List<Group> groups) {
        long outer = 1;
        long count = 1;
        long inner = 1;
        boolean behind = false;
        for (Group group : groups) {
            if (group.reduced) {
                count = group.size;
                behind = true;
            } else if (behind) {
                inner = group.size;
            } else {
                outer = group.size;
            }
        }
        return new Middle(outer, count, inner);
    }
}
