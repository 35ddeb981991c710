package dev.lamina.ops;

import dev.lamina.ops.Window.Padding;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/** Cases of convolution, pooling and batch normalization. */
final class ImageCases {
    private ImageCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        Padding valid = Padding.VALID;
        Padding same = Padding.SAME;
        addConvolution(cases, Shape.of(1, 1, 1, 1), 1, 1, new Window(1, 1, 1, 1, 1, 1, valid));
        addConvolution(cases, Shape.of(2, 7, 6, 3), 4, 1, new Window(3, 3, 1, 1, 1, 1, valid));
        addConvolution(cases, Shape.of(2, 7, 6, 3), 4, 1, new Window(3, 3, 1, 1, 1, 1, same));
        addConvolution(cases, Shape.of(2, 7, 6, 3), 5, 1, new Window(3, 3, 2, 2, 1, 1, same));
        addConvolution(cases, Shape.of(1, 8, 9, 2), 3, 1, new Window(2, 4, 2, 3, 1, 1, same));
        addConvolution(cases, Shape.of(1, 8, 9, 2), 3, 1, new Window(2, 4, 2, 3, 1, 1, valid));
        addConvolution(cases, Shape.of(1, 9, 9, 2), 3, 1, new Window(3, 3, 1, 1, 2, 2, valid));
        addConvolution(cases, Shape.of(1, 9, 8, 2), 3, 1, new Window(3, 2, 1, 1, 2, 3, same));
        addConvolution(cases, Shape.of(2, 6, 5, 4), 6, 2, new Window(3, 3, 1, 1, 1, 1, same));
        addConvolution(cases, Shape.of(2, 6, 5, 4), 4, 4, new Window(3, 3, 2, 1, 1, 1, valid));
        addConvolution(cases, Shape.of(1, 5, 4, 2), 3, 1, new Window(5, 4, 1, 1, 1, 1, valid));
        addConvolution(cases, Shape.of(1, 7, 7, 1), 2, 1, new Window(2, 2, 3, 3, 1, 1, valid));
        addConvolution(cases, Shape.of(2, 5, 5, 13), 6, 1, new Window(1, 1, 2, 2, 1, 1, valid));
        addConvolution(cases, Shape.of(1, 2, 3, 2), 2, 1, new Window(5, 5, 1, 1, 1, 1, same));
        addConvolution(cases, Shape.of(3, 28, 28, 1), 8, 1, new Window(3, 3, 1, 1, 1, 1, same));
        addConvolution(cases, Shape.of(0, 6, 5, 3), 4, 1, new Window(3, 3, 1, 1, 1, 1, valid));
        addPooling(cases, Shape.of(2, 6, 8, 3), new Window(2, 2, 2, 2, 1, 1, valid));
        addPooling(cases, Shape.of(2, 7, 5, 4), new Window(2, 2, 2, 2, 1, 1, valid));
        addPooling(cases, Shape.of(2, 7, 5, 4), new Window(3, 3, 2, 2, 1, 1, same));
        addPooling(cases, Shape.of(1, 6, 6, 13), new Window(3, 2, 1, 1, 1, 1, same));
        addPooling(cases, Shape.of(1, 9, 8, 2), new Window(2, 3, 1, 2, 2, 2, valid));
        addPooling(cases, Shape.of(1, 1, 1, 1), new Window(1, 1, 1, 1, 1, 1, valid));
        addPooling(cases, Shape.of(3, 28, 28, 6), new Window(2, 2, 2, 2, 1, 1, valid));
        addPooling(cases, Shape.of(0, 6, 6, 2), new Window(2, 2, 2, 2, 1, 1, valid));
        for (Shape shape : List.of(
                Shape.of(13, 4),
                Shape.of(6, 1),
                Shape.of(1, 4),
                Shape.of(4, 6, 5),
                Shape.of(2, 3, 4, 13),
                Shape.of(207, 6),
                Shape.of(4098, 3))) {
            addNormalization(cases, shape, Draw.normal(1), 1);
        }
        // Far from 0, where the mean of the squares minus the square of the mean would lose most digits of the
        // variance.
        addNormalization(cases, Shape.of(207, 4), Draw.normal(100, 1), 100);
        return cases;
    }

    private static void addConvolution(List<OpCase> cases, Shape x, int filters, int groups, Window window) {
        int channels = x.size(3) / groups;
        Shape kernel = Shape.of(window.height(), window.width(), channels, filters);
        ConvolutionOp.Conv2D op = new ConvolutionOp.Conv2D(window, groups);
        Shape y = op.infer(List.of(new TensorSpec(x, DType.FLOAT64), new TensorSpec(kernel, DType.FLOAT64)))
                .get(0)
                .shape();
        long places = (long) window.height() * window.width();
        cases.add(OpCase.of(op)
                .value(x, Draw.normal(1))
                .value(kernel, Draw.normal(1))
                .accuracy(Accuracy.sumOf(places * channels))
                .gradients(0, 1));
        cases.add(OpCase.of(new ConvolutionOp.Conv2DInputBackward(window, groups, x))
                .value(kernel, Draw.normal(1))
                .value(y, Draw.normal(1))
                .accuracy(Accuracy.sumOf(places * filters / groups))
                .gradients(0, 1));
        cases.add(OpCase.of(new ConvolutionOp.Conv2DKernelBackward(window, groups, kernel))
                .value(x, Draw.normal(1))
                .value(y, Draw.normal(1))
                .accuracy(Accuracy.sumOf(y.elements(0, 3)))
                .gradients(0, 1));
    }

    private static void addPooling(List<OpCase> cases, Shape x, Window window) {
        PoolingOp.MaxPool2D op = new PoolingOp.MaxPool2D(window);
        Shape y = op.infer(List.of(new TensorSpec(x, DType.FLOAT64))).get(0).shape();
        cases.add(OpCase.of(op).value(x, Draw.normal(1)).gradients(0));
        cases.add(OpCase.of(op).value(x, Draw.uniform(-3, -1)).gradients(0));
        long overlaps = (long) window.height() * window.width();
        // Few values, so that windows have ties: the first element gets the gradient.
        for (Draw draw : List.of(Draw.normal(1), Draw.integers(-1, 2))) {
            cases.add(OpCase.of(new PoolingOp.MaxPool2DBackward(window))
                    .value(x, draw)
                    .value(y, Draw.resultOf(op, 0, 0))
                    .value(y, Draw.normal(1))
                    .accuracy(Accuracy.sumOf(overlaps)));
        }
    }

    /** @param size of x: the rounding of the mean is an absolute error of what is normalized */
    private static void addNormalization(List<OpCase> cases, Shape x, Draw draw, double size) {
        Shape channels = Shape.of(x.size(-1));
        long rows = x.elements(0, x.rank() - 1);
        double epsilon = 1e-3;
        // A single row has no variance: rounding is divided by sqrt(epsilon) = 0.03.
        double amplified = rows == 1 ? 32 : 1;
        NormalizationOp.BatchNorm op = new NormalizationOp.BatchNorm(epsilon);
        cases.add(OpCase.of(op)
                .value(x, draw)
                .value(channels, Draw.uniform(0.5, 2))
                .value(channels, Draw.normal(1))
                .accuracy(new Accuracy(16, 4 * size * amplified))
                .gradients(0, 1, 2));
        cases.add(OpCase.of(new NormalizationOp.BatchNormBackward(epsilon))
                .value(x, draw)
                .value(channels, Draw.uniform(0.5, 2))
                .value(channels, Draw.normal(size == 1 ? 0 : size, 0.1))
                .value(channels, Draw.uniform(0.5, 2))
                .value(x, Draw.normal(1))
                .accuracy(new Accuracy(8, 4 * rows * size)));
    }
}
