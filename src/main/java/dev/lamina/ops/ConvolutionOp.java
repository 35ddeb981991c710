package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * Convolution of images {@code (batch, height, width, channels)} with kernels {@code (height, width, channels / groups,
 * filters)}; a correlation, as everywhere in deep learning: the kernel is not flipped. The window holds the kernel's
 * size.
 */
public sealed interface ConvolutionOp extends Op {
    Window window();

    int groups();

    /** Inputs {@code (x, kernel)}. */
    record Conv2D(Window window, int groups) implements ConvolutionOp {
        @Override
        public String opName() {
            return "conv2d";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            TensorSpec x = Check.floating(this, inputs.get(0));
            TensorSpec kernel = Check.floating(this, inputs.get(1));
            Check.sameDType(this, x, kernel);
            Check.rank(this, "images", x, 4);
            Check.rank(this, "a kernel", kernel, 4);
            Shape size = Shape.of(window.height(), window.width());
            if (!kernel.shape().slice(0, 2).isCompatibleWith(size)) {
                throw new ShapeException("[conv2d] expected a kernel of the window's size " + size
                        + "; received kernel " + kernel.shape() + ".");
            }
            int channels = x.shape().size(3);
            int perGroup = kernel.shape().size(2);
            int filters = kernel.shape().size(3);
            boolean channelsFit =
                    channels == Shape.UNKNOWN || perGroup == Shape.UNKNOWN || channels == perGroup * groups;
            if (!channelsFit || filters != Shape.UNKNOWN && filters % groups != 0) {
                throw new ShapeException(
                        "[conv2d] expected a kernel (height, width, channels / groups, filters), filters a "
                                + "multiple of groups; received images " + x.shape() + ", kernel " + kernel.shape()
                                + ", groups "
                                + groups + ".");
            }
            return List.of(new TensorSpec(window.output(this, x.shape(), filters), x.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor x = vjp.input(0);
            Tensor kernel = vjp.input(1);
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new Conv2DInputBackward(window, groups, x.shape()), kernel, vjp.dy()));
            }
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(new Conv2DKernelBackward(window, groups, kernel.shape()), x, vjp.dy()));
            }
        }
    }

    /**
     * The gradient with respect to the images, of shape {@code target}: the transposed convolution. Inputs
     * {@code (kernel, dy)}.
     */
    record Conv2DInputBackward(Window window, int groups, Shape target) implements ConvolutionOp {
        @Override
        public String opName() {
            return "conv2d_input_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            Check.rank(this, "a gradient", inputs.get(1), 4);
            return List.of(new TensorSpec(target, inputs.get(0).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor kernel = vjp.input(0);
            if (vjp.needs(0)) {
                vjp.gradient(
                        0, vjp.apply(new Conv2DKernelBackward(window, groups, kernel.shape()), vjp.dy(), vjp.input(1)));
            }
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(new Conv2D(window, groups), vjp.dy(), kernel));
            }
        }
    }

    /** The gradient with respect to the kernel, of shape {@code target}. Inputs {@code (x, dy)}. */
    record Conv2DKernelBackward(Window window, int groups, Shape target) implements ConvolutionOp {
        @Override
        public String opName() {
            return "conv2d_kernel_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            Check.rank(this, "a gradient", inputs.get(1), 4);
            return List.of(new TensorSpec(target, inputs.get(0).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor x = vjp.input(0);
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new Conv2DInputBackward(window, groups, x.shape()), vjp.dy(), vjp.input(1)));
            }
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(new Conv2D(window, groups), x, vjp.dy()));
            }
        }
    }
}
