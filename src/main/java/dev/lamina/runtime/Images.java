package dev.lamina.runtime;

import dev.lamina.errors.ShapeException;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The functions of images that are compositions of a few ops; see {@link NN}. */
final class Images {
    private Images() {}

    /**
     * The output along an axis of size {@code in} has, with {@code extent} the window's and {@code padding} what the
     * window says, {@code (in - 1) * stride + extent - padding + outputPadding} elements. Where the output padding is
     * not given: with no padding no element of a stride is lost, with "same" {@code in * stride} elements result (the
     * rule of Keras and TensorFlow).
     */
    static Tensor convTranspose(Tensor x, Tensor kernel, Window window, List<Integer> outputPadding) {
        if (!outputPadding.isEmpty() && outputPadding.size() != window.rank()) {
            throw new ShapeException("[conv_transpose] expected an output padding for " + window.rank()
                    + " axes, or none; received " + outputPadding + ".");
        }
        if (x.shape().rank() != window.rank() + 2 || kernel.shape().rank() != window.rank() + 2) {
            throw new ShapeException("[conv_transpose] expected images and a kernel of rank " + (window.rank() + 2)
                    + "; received " + x.spec() + " and " + kernel.spec() + ".");
        }
        List<Window.Fixed> paddings = new ArrayList<>();
        int[] target = x.shape().withSize(-1, kernel.shape().size(-2)).sizes();
        for (int i = 0; i < window.rank(); i++) {
            Window.Axis axis = window.axes().get(i);
            boolean given = !outputPadding.isEmpty();
            // How much longer the output is than (in - 1) * stride.
            int beyond = switch (axis.padding()) {
                case Window.Same _ -> given ? axis.extent() % 2 + outputPadding.get(i) : axis.stride();
                case Window.Fixed fixed ->
                    axis.extent()
                            - fixed.before()
                            - fixed.after()
                            + (given ? outputPadding.get(i) : Math.max(0, axis.stride() - axis.extent()));
            };
            paddings.add(
                    switch (axis.padding()) {
                        case Window.Same _ -> {
                            int all = Math.max(0, axis.extent() - beyond);
                            yield new Window.Fixed(all / 2, all - all / 2);
                        }
                        case Window.Fixed fixed -> fixed;
                    });
            int size = x.shape().size(i + 1);
            target[i + 1] = size == Shape.UNKNOWN ? size : (size - 1) * axis.stride() + beyond;
            if (size != Shape.UNKNOWN && target[i + 1] < 1) {
                throw new ShapeException("[conv_transpose] expected images that give an output; received " + x.spec()
                        + ", of which " + window + " leaves " + target[i + 1] + " elements along axis " + (i + 1)
                        + ".");
            }
        }
        return Ops.apply(new ConvolutionOp.InputBackward(window.paddings(paddings), 1, Shape.of(target)), kernel, x);
    }

    /** Kernel {@code (..., channels, multiplier)}: as many groups as channels. */
    static Tensor depthwiseConv(Tensor x, Tensor kernel, Window window) {
        int rank = kernel.shape().rank();
        int channels = kernel.shape().size(-2);
        Shape grouped = kernel.shape()
                .slice(0, rank - 2)
                .append(1, channels * kernel.shape().size(-1));
        return NN.conv(x, Ops.reshape(kernel, grouped.sizes()), window, channels);
    }

    /** All axes that divide evenly by one op, the others each by their slices. */
    static Tensor adaptivePool(ReductionOp.Kind kind, Tensor x, int... outputSize) {
        if (kind != ReductionOp.Kind.MAX && kind != ReductionOp.Kind.MEAN) {
            throw new IllegalArgumentException("[adaptive_pool] expected MAX or MEAN; received " + kind + ".");
        }
        if (x.shape().rank() != outputSize.length + 2) {
            throw new ShapeException("[adaptive_pool] expected images of rank " + (outputSize.length + 2)
                    + "; received " + x.spec() + ".");
        }
        int[] windows = new int[outputSize.length];
        for (int i = 0; i < windows.length; i++) {
            int size = x.shape().size(i + 1);
            windows[i] = size > 0 && size % outputSize[i] == 0 ? size / outputSize[i] : 1;
        }
        Window window = Window.of(windows).strides(windows);
        Tensor y = x;
        if (window.size().elements() > 1) {
            y = Ops.apply(
                    kind == ReductionOp.Kind.MAX ? new PoolingOp.MaxPool(window) : new PoolingOp.AveragePool(window),
                    x);
        }
        for (int i = 0; i < outputSize.length; i++) {
            if (y.shape().size(i + 1) != outputSize[i]) {
                y = adaptiveAxis(kind, y, i + 1, outputSize[i]);
            }
        }
        return y;
    }

    private static Tensor adaptiveAxis(ReductionOp.Kind kind, Tensor x, int axis, int outputs) {
        int size = x.shape().size(axis);
        int[] starts = new int[x.shape().rank()];
        int[] sizes = x.shape().sizes();
        if (size == Shape.UNKNOWN) {
            // Not known when shapes are inferred only: any piece of the output's size has its shape.
            sizes[axis] = outputs;
            return Ops.slice(x, starts, sizes);
        }
        List<Tensor> pieces = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            int first = (int) ((long) i * size / outputs);
            int end = (int) Math.ceilDiv((i + 1L) * size, (long) outputs);
            starts[axis] = first;
            sizes[axis] = end - first;
            pieces.add(Ops.reduce(kind, Ops.slice(x, starts, sizes), true, axis));
        }
        return Ops.concat(pieces, axis);
    }
}
