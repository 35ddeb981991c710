package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;

/** The meaning of convolution and pooling. */
final class ImageDefinitions {
    private ImageDefinitions() {}

    /** Called for each pair of a place in the output and a place of the window that lies inside of the image. */
    private interface Tap {
        void at(int image, int outY, int outX, int windowY, int windowX, int y, int x);
    }

    private static void slide(Window window, Shape images, Tap tap) {
        int height = images.size(1);
        int width = images.size(2);
        int top = before(window, height, window.height(), window.strideY(), window.dilationY());
        int left = before(window, width, window.width(), window.strideX(), window.dilationX());
        int outHeight = places(window, height, window.height(), window.strideY(), window.dilationY());
        int outWidth = places(window, width, window.width(), window.strideX(), window.dilationX());
        for (int image = 0; image < images.size(0); image++) {
            for (int outY = 0; outY < outHeight; outY++) {
                for (int outX = 0; outX < outWidth; outX++) {
                    for (int windowY = 0; windowY < window.height(); windowY++) {
                        for (int windowX = 0; windowX < window.width(); windowX++) {
                            int y = outY * window.strideY() - top + windowY * window.dilationY();
                            int x = outX * window.strideX() - left + windowX * window.dilationX();
                            if (y >= 0 && y < height && x >= 0 && x < width) {
                                tap.at(image, outY, outX, windowY, windowX, y, x);
                            }
                        }
                    }
                }
            }
        }
    }

    private static int places(Window window, int input, int size, int stride, int dilation) {
        int extent = dilation * (size - 1) + 1;
        return window.padding() == Window.Padding.SAME ? (input + stride - 1) / stride : (input - extent) / stride + 1;
    }

    /** TensorFlow's rule: the padding that is needed in all, halved, the odd element behind. */
    private static int before(Window window, int input, int size, int stride, int dilation) {
        if (window.padding() == Window.Padding.VALID) {
            return 0;
        }
        int last = (places(window, input, size, stride, dilation) - 1) * stride;
        return Math.max(last + dilation * (size - 1) + 1 - input, 0) / 2;
    }

    private static Shape output(Window window, Shape images, int channels) {
        return Shape.of(
                images.size(0),
                places(window, images.size(1), window.height(), window.strideY(), window.dilationY()),
                places(window, images.size(2), window.width(), window.strideX(), window.dilationX()),
                channels);
    }

    /** All three are sums of one product {@code y += x * kernel}, over the two that are given. */
    static double[] convolution(ConvolutionOp op, HostArray first, HostArray second) {
        Shape images = switch (op) {
            case ConvolutionOp.Conv2D _, ConvolutionOp.Conv2DKernelBackward _ -> first.shape();
            case ConvolutionOp.Conv2DInputBackward backward -> backward.target();
        };
        Shape kernel = switch (op) {
            case ConvolutionOp.Conv2D _ -> second.shape();
            case ConvolutionOp.Conv2DInputBackward _ -> first.shape();
            case ConvolutionOp.Conv2DKernelBackward backward -> backward.target();
        };
        int filters = kernel.size(3);
        int channels = kernel.size(2);
        Shape result = output(op.window(), images, filters);
        Shape own = switch (op) {
            case ConvolutionOp.Conv2D _ -> result;
            case ConvolutionOp.Conv2DInputBackward _ -> images;
            case ConvolutionOp.Conv2DKernelBackward _ -> kernel;
        };
        double[] sums = new double[(int) own.elements()];
        slide(op.window(), images, (image, outY, outX, windowY, windowX, y, x) -> {
            for (int filter = 0; filter < filters; filter++) {
                int group = filter / (filters / op.groups());
                for (int channel = 0; channel < channels; channel++) {
                    int[] inImages = {image, y, x, group * channels + channel};
                    int[] inKernel = {windowY, windowX, channel, filter};
                    int[] inResult = {image, outY, outX, filter};
                    switch (op) {
                        case ConvolutionOp.Conv2D _ ->
                            sums[Definitions.index(inResult, result)] += at(first, inImages) * at(second, inKernel);
                        case ConvolutionOp.Conv2DInputBackward _ ->
                            sums[Definitions.index(inImages, images)] += at(first, inKernel) * at(second, inResult);
                        case ConvolutionOp.Conv2DKernelBackward _ ->
                            sums[Definitions.index(inKernel, kernel)] += at(first, inImages) * at(second, inResult);
                    }
                }
            }
        });
        return sums;
    }

    static double[] maxPool(Window window, HostArray x) {
        Shape shape = output(window, x.shape(), x.shape().size(3));
        double[] y = new double[(int) shape.elements()];
        Arrays.fill(y, Double.NEGATIVE_INFINITY);
        slide(window, x.shape(), (image, outY, outX, windowY, windowX, inY, inX) -> {
            for (int channel = 0; channel < shape.size(3); channel++) {
                int to = Definitions.index(new int[] {image, outY, outX, channel}, shape);
                y[to] = Math.max(y[to], at(x, new int[] {image, inY, inX, channel}));
            }
        });
        return y;
    }

    static double[] maxPoolBackward(Window window, HostArray x, HostArray y, HostArray dy) {
        double[] dx = new double[(int) x.elements()];
        boolean[] given = new boolean[(int) y.elements()];
        slide(window, x.shape(), (image, outY, outX, windowY, windowX, inY, inX) -> {
            for (int channel = 0; channel < y.shape().size(3); channel++) {
                int from = Definitions.index(new int[] {image, outY, outX, channel}, y.shape());
                int[] place = {image, inY, inX, channel};
                if (!given[from] && at(x, place) == y.getDouble(from)) {
                    given[from] = true;
                    dx[Definitions.index(place, x.shape())] += dy.getDouble(from);
                }
            }
        });
        return dx;
    }

    private static double at(HostArray array, int[] place) {
        return array.getDouble(Definitions.index(place, array.shape()));
    }
}
