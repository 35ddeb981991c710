package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * Convolution of images {@code (batch, ..., channels)} of one to three spatial axes with kernels {@code (..., channels
 * / groups, filters)}; a correlation, as everywhere in deep learning: the kernel is not flipped. The window holds the
 * kernel's size. With as many groups as channels it is the depthwise convolution.
 */
public sealed interface ConvolutionOp extends Op {
    Window window();

    int groups();

    /** Inputs {@code (x, kernel)}. */
    record Conv(Window window, int groups) implements ConvolutionOp {
        @Override
        public String opName() {
            return "conv";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            TensorSpec x = Check.floating(this, inputs.get(0));
            TensorSpec kernel = Check.floating(this, inputs.get(1));
            Check.sameDType(this, x, kernel);
            Check.rank(this, "images", x, window.rank() + 2);
            checkKernel(this, x.shape(), kernel);
            return List.of(
                    new TensorSpec(window.output(this, x.shape(), kernel.shape().size(-1)), x.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor x = vjp.input(0);
            Tensor kernel = vjp.input(1);
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new InputBackward(window, groups, x.shape()), kernel, vjp.dy()));
            }
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(new KernelBackward(window, groups, kernel.shape()), x, vjp.dy()));
            }
        }
    }

    /**
     * The gradient with respect to the images, of shape {@code target}: the transposed convolution. Inputs
     * {@code (kernel, dy)}.
     */
    record InputBackward(Window window, int groups, Shape target) implements ConvolutionOp {
        @Override
        public String opName() {
            return "conv_input_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            TensorSpec kernel = Check.floating(this, inputs.get(0));
            TensorSpec dy = Check.floating(this, inputs.get(1));
            Check.sameDType(this, kernel, dy);
            Check.rank(this, "a gradient", dy, window.rank() + 2);
            checkKernel(this, target, kernel);
            Shape places = window.output(this, target, kernel.shape().size(-1));
            if (!dy.shape().isCompatibleWith(places)) {
                throw new ShapeException("[conv_input_backward] expected a gradient of shape " + places + " for images "
                        + target + " and kernel " + kernel.shape() + "; received " + dy + ".");
            }
            return List.of(new TensorSpec(target, dy.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor kernel = vjp.input(0);
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new KernelBackward(window, groups, kernel.shape()), vjp.dy(), vjp.input(1)));
            }
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(new Conv(window, groups), vjp.dy(), kernel));
            }
        }
    }

    /** The gradient with respect to the kernel, of shape {@code target}. Inputs {@code (x, dy)}. */
    record KernelBackward(Window window, int groups, Shape target) implements ConvolutionOp {
        @Override
        public String opName() {
            return "conv_kernel_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            Check.rank(this, "images", inputs.get(0), window.rank() + 2);
            Check.rank(this, "a gradient", inputs.get(1), window.rank() + 2);
            return List.of(new TensorSpec(target, inputs.get(0).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor x = vjp.input(0);
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new InputBackward(window, groups, x.shape()), vjp.dy(), vjp.input(1)));
            }
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(new Conv(window, groups), x, vjp.dy()));
            }
        }
    }

    private static void checkKernel(ConvolutionOp op, Shape images, TensorSpec kernel) {
        int rank = op.window().rank();
        Check.rank(op, "a kernel", kernel, rank + 2);
        if (!kernel.shape().slice(0, rank).isCompatibleWith(op.window().size())) {
            throw new ShapeException("[" + op.opName() + "] expected a kernel of the window's size "
                    + op.window().size() + "; received kernel " + kernel.shape() + ".");
        }
        int channels = images.size(-1);
        int perGroup = kernel.shape().size(rank);
        int filters = kernel.shape().size(rank + 1);
        boolean channelsFit =
                channels == Shape.UNKNOWN || perGroup == Shape.UNKNOWN || channels == perGroup * op.groups();
        if (!channelsFit || filters != Shape.UNKNOWN && filters % op.groups() != 0) {
            throw new ShapeException("[" + op.opName() + "] expected a kernel (..., channels / groups, filters), "
                    + "filters a multiple of groups; received images " + images + ", kernel " + kernel.shape()
                    + ", groups " + op.groups() + ".");
        }
    }
}
