package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;

/**
 * How a window slides over the two image axes: its size, strides, dilation and padding. {@code VALID} keeps the window
 * inside; {@code SAME} pads so that {@code ceil(size / stride)} places result, the odd element of padding coming last.
 */
public record Window(int height, int width, int strideY, int strideX, int dilationY, int dilationX, Padding padding) {
    /** What happens at the borders. */
    public enum Padding {
        VALID,
        SAME
    }

    public Window {
        if (height < 1 || width < 1 || strideY < 1 || strideX < 1 || dilationY < 1 || dilationX < 1) {
            throw new ShapeException("[window] expected sizes, strides and dilations of at least 1; received size ("
                    + height
                    + ", " + width + "), strides (" + strideY + ", " + strideX + "), dilation (" + dilationY + ", "
                    + dilationX + ").");
        }
    }

    /** The number of rows of places, for that many rows of input. */
    public int outputHeight(int inputHeight) {
        return output(inputHeight, height, strideY, dilationY);
    }

    public int outputWidth(int inputWidth) {
        return output(inputWidth, width, strideX, dilationX);
    }

    /** The rows of padding above the input. */
    public int padTop(int inputHeight) {
        return padBefore(inputHeight, height, strideY, dilationY);
    }

    public int padLeft(int inputWidth) {
        return padBefore(inputWidth, width, strideX, dilationX);
    }

    private int output(int input, int size, int stride, int dilation) {
        if (input == Shape.UNKNOWN) {
            return Shape.UNKNOWN;
        }
        int extent = (size - 1) * dilation + 1;
        return padding == Padding.SAME
                ? Math.ceilDiv(input, stride)
                : Math.max(0, Math.floorDiv(input - extent, stride) + 1);
    }

    private int padBefore(int input, int size, int stride, int dilation) {
        if (padding == Padding.VALID) {
            return 0;
        }
        int extent = (size - 1) * dilation + 1;
        return Math.max(0, (Math.ceilDiv(input, stride) - 1) * stride + extent - input) / 2;
    }

    /**
     * The {@code (batch, height, width, channels)} that an input of such a shape gives with so many output channels.
     */
    Shape output(Op op, Shape input, int channels) {
        int h = outputHeight(input.size(1));
        int w = outputWidth(input.size(2));
        if (h == 0 || w == 0) {
            throw new ShapeException(
                    "[" + op.opName() + "] expected an image at least as large as the window (" + height
                            + ", " + width + ") with dilation (" + dilationY + ", " + dilationX + "); received " + input
                            + ". Use padding \"same\" or a smaller window.");
        }
        return Shape.of(input.size(0), h, w, channels);
    }
}
