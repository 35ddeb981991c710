package dev.lamina.backend.cpu;

import dev.lamina.backend.cpu.StridedCopy.Place;
import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.util.List;

/** Ops that move elements: each is one strided copy, or a few. */
final class ShapeKernels {
    private final StridedCopy copy;

    ShapeKernels(CpuThreads threads) {
        this.copy = new StridedCopy(threads);
    }

    void run(ShapeOp op, Operand[] inputs, Operand[] outputs) {
        Operand x = inputs.length == 0 ? outputs[0] : inputs[0];
        Operand y = outputs[0];
        switch (op) {
            case ShapeOp.Reshape _ -> CpuBuffer.data(y).copyFrom(CpuBuffer.data(x));
            case ShapeOp.BroadcastTo _ -> broadcast(x, y);
            case ShapeOp.Transpose transpose -> transpose(transpose.axes(), x, y);
            case ShapeOp.Slice slice -> slice(slice.starts(), x, y);
            case ShapeOp.Pad pad -> pad(pad, x, y);
            case ShapeOp.Concat concat -> concat(concat.axis(), inputs, y);
        }
    }

    private void broadcast(Operand x, Operand y) {
        long[] dense = StridedLayout.denseStrides(x.shape());
        long[] strides = new long[y.shape().rank()];
        int extra = strides.length - dense.length;
        for (int axis = 0; axis < dense.length; axis++) {
            strides[extra + axis] = x.shape().size(axis) == 1 ? 0 : dense[axis];
        }
        copy.copy(
                y.shape(),
                new Place(CpuBuffer.data(x), 0, strides),
                dense(y),
                y.dtype().bytes());
    }

    private void transpose(List<Integer> axes, Operand x, Operand y) {
        long[] dense = StridedLayout.denseStrides(x.shape());
        long[] strides = axes.stream().mapToLong(axis -> dense[axis]).toArray();
        copy.copy(
                y.shape(),
                new Place(CpuBuffer.data(x), 0, strides),
                dense(y),
                y.dtype().bytes());
    }

    private void slice(List<Integer> starts, Operand x, Operand y) {
        copy.copy(y.shape(), at(x, starts), dense(y), y.dtype().bytes());
    }

    private void pad(ShapeOp.Pad pad, Operand x, Operand y) {
        copy.fill(y, pad.value());
        copy.copy(x.shape(), dense(x), at(y, pad.before()), y.dtype().bytes());
    }

    private void concat(int axis, Operand[] inputs, Operand y) {
        int at = y.shape().axis(axis);
        long[] strides = StridedLayout.denseStrides(y.shape());
        long from = 0;
        for (Operand x : inputs) {
            Place target = new Place(CpuBuffer.data(y), from * strides[at], strides);
            copy.copy(x.shape(), dense(x), target, y.dtype().bytes());
            from += x.shape().size(at);
        }
    }

    private static Place dense(Operand x) {
        return new Place(CpuBuffer.data(x), 0, StridedLayout.denseStrides(x.shape()));
    }

    /** A dense tensor, seen from the element at {@code starts} on. */
    private static Place at(Operand x, List<Integer> starts) {
        Shape shape = x.shape();
        long[] strides = StridedLayout.denseStrides(shape);
        long start = 0;
        for (int axis = 0; axis < strides.length; axis++) {
            start += starts.get(axis) * strides[axis];
        }
        return new Place(CpuBuffer.data(x), start, strides);
    }
}
