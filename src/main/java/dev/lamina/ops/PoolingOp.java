package dev.lamina.ops;

import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Pooling of images {@code (batch, height, width, channels)}, each channel by itself. Padding never wins. */
public sealed interface PoolingOp extends Op {
    Window window();

    /** The largest element of each window; NaN if one is NaN. */
    record MaxPool2D(Window window) implements PoolingOp {
        @Override
        public String opName() {
            return "max_pool2d";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            TensorSpec x = Check.floating(this, inputs.get(0));
            Check.rank(this, "images", x, 4);
            return List.of(
                    new TensorSpec(window.output(this, x.shape(), x.shape().size(3)), x.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new MaxPool2DBackward(window), vjp.input(0), vjp.output(0), vjp.dy()));
            }
        }
    }

    /**
     * Gives each {@code dy} to the first element of its window, row by row, that equals {@code y}. Inputs {@code (x, y,
     * dy)}.
     */
    record MaxPool2DBackward(Window window) implements PoolingOp {
        @Override
        public String opName() {
            return "max_pool2d_backward";
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
}
