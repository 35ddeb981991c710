package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;

/** The meaning of convolution and pooling, over images of any number of spatial axes. */
final class ImageDefinitions {
    private ImageDefinitions() {}

    /**
     * Called for each pair of a place in the output and an element of the window that lies inside of the image. All
     * three are positions along the spatial axes.
     */
    private interface Tap {
        void at(int image, int[] place, int[] element, int[] pixel);
    }

    private static void slide(Window window, Shape images, Tap tap) {
        int rank = window.axes().size();
        Shape places = output(window, images, 1).slice(1, rank + 1);
        int[] sizes = new int[rank];
        Arrays.setAll(sizes, axis -> window.axes().get(axis).size());
        Shape elements = Shape.of(sizes);
        for (int image = 0; image < images.size(0); image++) {
            for (int p = 0; p < places.elements(); p++) {
                for (int e = 0; e < elements.elements(); e++) {
                    int[] place = Definitions.place(p, places);
                    int[] element = Definitions.place(e, elements);
                    int[] pixel = new int[rank];
                    boolean inside = true;
                    for (int axis = 0; axis < rank; axis++) {
                        Window.Axis along = window.axes().get(axis);
                        pixel[axis] = place[axis] * along.stride()
                                - before(along, images.size(axis + 1))
                                + element[axis] * along.dilation();
                        inside &= pixel[axis] >= 0 && pixel[axis] < images.size(axis + 1);
                    }
                    if (inside) {
                        tap.at(image, place, element, pixel);
                    }
                }
            }
        }
    }

    private static int places(Window.Axis axis, int input) {
        int extent = axis.dilation() * (axis.size() - 1) + 1;
        return switch (axis.padding()) {
            case Window.Same _ -> (input + axis.stride() - 1) / axis.stride();
            case Window.Fixed(int before, int after) -> (before + input + after - extent) / axis.stride() + 1;
        };
    }

    /** TensorFlow's rule for SAME: the padding that is needed in all, halved, the odd element behind. */
    private static int before(Window.Axis axis, int input) {
        return switch (axis.padding()) {
            case Window.Same _ -> {
                int last = (places(axis, input) - 1) * axis.stride();
                yield Math.max(last + axis.dilation() * (axis.size() - 1) + 1 - input, 0) / 2;
            }
            case Window.Fixed(int before, int _) -> before;
        };
    }

    private static Shape output(Window window, Shape images, int channels) {
        int[] sizes = images.sizes();
        for (int axis = 1; axis < sizes.length - 1; axis++) {
            sizes[axis] = places(window.axes().get(axis - 1), sizes[axis]);
        }
        sizes[sizes.length - 1] = channels;
        return Shape.of(sizes);
    }

    private static int index(Shape shape, int first, int[] middle, int... last) {
        int[] place = new int[shape.rank()];
        place[0] = first;
        System.arraycopy(middle, 0, place, 1, middle.length);
        System.arraycopy(last, 0, place, 1 + middle.length, last.length);
        return Definitions.index(place, shape);
    }

    /** All three are sums of one product {@code y += x * kernel}, over the two that are given. */
    static double[] convolution(ConvolutionOp op, HostArray first, HostArray second) {
        Shape images = switch (op) {
            case ConvolutionOp.Conv _, ConvolutionOp.KernelBackward _ -> first.shape();
            case ConvolutionOp.InputBackward backward -> backward.target();
        };
        Shape kernel = switch (op) {
            case ConvolutionOp.Conv _ -> second.shape();
            case ConvolutionOp.InputBackward _ -> first.shape();
            case ConvolutionOp.KernelBackward backward -> backward.target();
        };
        int filters = kernel.size(-1);
        int channels = kernel.size(-2);
        Shape result = output(op.window(), images, filters);
        Shape own = switch (op) {
            case ConvolutionOp.Conv _ -> result;
            case ConvolutionOp.InputBackward _ -> images;
            case ConvolutionOp.KernelBackward _ -> kernel;
        };
        double[] sums = new double[(int) own.elements()];
        slide(op.window(), images, (image, place, element, pixel) -> {
            for (int filter = 0; filter < filters; filter++) {
                int group = filter / (filters / op.groups());
                for (int channel = 0; channel < channels; channel++) {
                    int inImages = index(images, image, pixel, group * channels + channel);
                    int inKernel = Definitions.index(append(element, channel, filter), kernel);
                    int inResult = index(result, image, place, filter);
                    switch (op) {
                        case ConvolutionOp.Conv _ ->
                            sums[inResult] += first.getDouble(inImages) * second.getDouble(inKernel);
                        case ConvolutionOp.InputBackward _ ->
                            sums[inImages] += first.getDouble(inKernel) * second.getDouble(inResult);
                        case ConvolutionOp.KernelBackward _ ->
                            sums[inKernel] += first.getDouble(inImages) * second.getDouble(inResult);
                    }
                }
            }
        });
        return sums;
    }

    private static int[] append(int[] places, int... more) {
        int[] all = Arrays.copyOf(places, places.length + more.length);
        System.arraycopy(more, 0, all, places.length, more.length);
        return all;
    }

    static double[] maxPool(Window window, HostArray x) {
        Shape shape = output(window, x.shape(), x.shape().size(-1));
        double[] y = new double[(int) shape.elements()];
        Arrays.fill(y, Double.NEGATIVE_INFINITY);
        slide(window, x.shape(), (image, place, element, pixel) -> {
            for (int channel = 0; channel < shape.size(-1); channel++) {
                int to = index(shape, image, place, channel);
                y[to] = Math.max(y[to], x.getDouble(index(x.shape(), image, pixel, channel)));
            }
        });
        return y;
    }

    static double[] maxPoolBackward(Window window, HostArray x, HostArray y, HostArray dy) {
        double[] dx = new double[(int) x.elements()];
        boolean[] given = new boolean[(int) y.elements()];
        slide(window, x.shape(), (image, place, element, pixel) -> {
            for (int channel = 0; channel < y.shape().size(-1); channel++) {
                int from = index(y.shape(), image, place, channel);
                int to = index(x.shape(), image, pixel, channel);
                if (!given[from] && x.getDouble(to) == y.getDouble(from)) {
                    given[from] = true;
                    dx[to] += dy.getDouble(from);
                }
            }
        });
        return dx;
    }

    /** For each place of one channel, how many elements of the window lie inside of the image. */
    private static double[] counts(Window window, Shape images, Shape result) {
        double[] counts = new double[(int) result.elements()];
        slide(window, images, (image, place, element, pixel) -> {
            for (int channel = 0; channel < result.size(-1); channel++) {
                counts[index(result, image, place, channel)]++;
            }
        });
        return counts;
    }

    static double[] averagePool(Window window, HostArray x) {
        Shape shape = output(window, x.shape(), x.shape().size(-1));
        double[] counts = counts(window, x.shape(), shape);
        double[] y = new double[counts.length];
        slide(window, x.shape(), (image, place, element, pixel) -> {
            for (int channel = 0; channel < shape.size(-1); channel++) {
                int to = index(shape, image, place, channel);
                y[to] += x.getDouble(index(x.shape(), image, pixel, channel)) / counts[to];
            }
        });
        return y;
    }

    static double[] averagePoolBackward(PoolingOp.AveragePoolBackward op, HostArray dy) {
        Shape images = op.target();
        double[] counts = counts(op.window(), images, dy.shape());
        double[] dx = new double[(int) images.elements()];
        slide(op.window(), images, (image, place, element, pixel) -> {
            for (int channel = 0; channel < images.size(-1); channel++) {
                int from = index(dy.shape(), image, place, channel);
                dx[index(images, image, pixel, channel)] += dy.getDouble(from) / counts[from];
            }
        });
        return dx;
    }
}
