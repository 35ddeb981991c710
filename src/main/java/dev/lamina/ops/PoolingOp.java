package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Pooling of images {@code (batch, ..., channels)} of one to three spatial axes, each channel by itself. */
public sealed interface PoolingOp extends Op {
    Window window();

    /** The largest element of each window; NaN if one is NaN. Padding never wins. */
    record MaxPool(Window window) implements PoolingOp {
        @Override
        public String opName() {
            return "max_pool";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return pooled(this, inputs);
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new MaxPoolBackward(window), vjp.input(0), vjp.output(0), vjp.dy()));
            }
        }
    }

    /**
     * Gives each {@code dy} to the first element of its window, row by row, that equals {@code y}. Inputs {@code (x, y,
     * dy)}.
     */
    record MaxPoolBackward(Window window) implements PoolingOp {
        @Override
        public String opName() {
            return "max_pool_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 3);
            return List.of(inputs.get(0));
        }

        @Override
        public void vjp(Vjp vjp) {
            throw Vjp.none(this);
        }
    }

    /** The mean of each window's elements, padding not counted; 0 for a window that lies in the padding altogether. */
    record AveragePool(Window window) implements PoolingOp {
        @Override
        public String opName() {
            return "average_pool";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return pooled(this, inputs);
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(
                        0,
                        vjp.apply(new AveragePoolBackward(window, vjp.input(0).shape()), vjp.dy()));
            }
        }
    }

    /**
     * Shares each {@code dy} evenly among the elements of its window. Input {@code (dy)}, output of shape
     * {@code target}.
     */
    record AveragePoolBackward(Window window, Shape target) implements PoolingOp {
        @Override
        public String opName() {
            return "average_pool_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            TensorSpec dy = Check.floating(this, inputs.get(0));
            Shape places = window.output(this, target, target.size(-1));
            if (!dy.shape().isCompatibleWith(places)) {
                throw new ShapeException("[average_pool_backward] expected a gradient of shape " + places
                        + " for images " + target + "; received " + dy + ".");
            }
            return List.of(new TensorSpec(target, dy.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new AveragePool(window), vjp.dy()));
            }
        }
    }

    private static List<TensorSpec> pooled(PoolingOp op, List<TensorSpec> inputs) {
        Check.count(op, inputs, 1);
        TensorSpec x = Check.floating(op, inputs.get(0));
        Check.rank(op, "images", x, op.window().rank() + 2);
        return List.of(
                new TensorSpec(op.window().output(op, x.shape(), x.shape().size(-1)), x.dtype()));
    }
}
