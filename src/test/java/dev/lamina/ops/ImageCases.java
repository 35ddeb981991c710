package dev.lamina.ops;

import dev.lamina.ops.Window.Fixed;
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
        Padding same = Padding.SAME;
        addConvolution(cases, Shape.of(1, 1, 1, 1), 1, 1, Window.of(1, 1));
        addConvolution(cases, Shape.of(2, 7, 6, 3), 4, 1, Window.of(3, 3));
        addConvolution(cases, Shape.of(2, 7, 6, 3), 4, 1, Window.of(3, 3).padding(same));
        addConvolution(
                cases, Shape.of(2, 7, 6, 3), 5, 1, Window.of(3, 3).strides(2).padding(same));
        addConvolution(
                cases, Shape.of(1, 8, 9, 2), 3, 1, Window.of(2, 4).strides(2, 3).padding(same));
        addConvolution(cases, Shape.of(1, 8, 9, 2), 3, 1, Window.of(2, 4).strides(2, 3));
        addConvolution(cases, Shape.of(1, 9, 9, 2), 3, 1, Window.of(3, 3).dilation(2));
        addConvolution(
                cases,
                Shape.of(1, 9, 8, 2),
                3,
                1,
                Window.of(3, 2).dilation(2, 3).padding(same));
        addConvolution(cases, Shape.of(2, 6, 5, 4), 6, 2, Window.of(3, 3).padding(same));
        addConvolution(cases, Shape.of(2, 6, 5, 4), 4, 4, Window.of(3, 3).strides(2, 1));
        addConvolution(cases, Shape.of(1, 5, 4, 2), 3, 1, Window.of(5, 4));
        addConvolution(cases, Shape.of(1, 7, 7, 1), 2, 1, Window.of(2, 2).strides(3));
        addConvolution(cases, Shape.of(2, 5, 5, 13), 6, 1, Window.of(1, 1).strides(2));
        addConvolution(cases, Shape.of(1, 2, 3, 2), 2, 1, Window.of(5, 5).padding(same));
        addConvolution(cases, Shape.of(3, 28, 28, 1), 8, 1, Window.of(3, 3).padding(same));
        addConvolution(cases, Shape.of(0, 6, 5, 3), 4, 1, Window.of(3, 3));
        addConvolution(cases, Shape.of(2, 13, 3), 4, 1, Window.of(3));
        addConvolution(cases, Shape.of(2, 13, 4), 6, 2, Window.of(4).strides(3).padding(same));
        addConvolution(cases, Shape.of(1, 13, 2), 3, 1, Window.of(3).dilation(2).padding(new Fixed(4, 0)));
        addConvolution(cases, Shape.of(3, 207, 6), 12, 6, Window.of(5).padding(same));
        addConvolution(cases, Shape.of(0, 6, 3), 2, 1, Window.of(2));
        addConvolution(cases, Shape.of(2, 5, 4, 6, 2), 3, 1, Window.of(2, 3, 2).padding(same));
        addConvolution(cases, Shape.of(1, 6, 7, 5, 4), 2, 2, Window.of(3, 2, 3).strides(2, 1, 2));
        addConvolution(
                cases,
                Shape.of(1, 5, 6, 7, 2),
                4,
                2,
                Window.of(2, 2, 3).dilation(3, 1, 2).padding(same));
        addConvolution(cases, Shape.of(2, 1, 4, 3, 3), 6, 3, Window.of(1, 3, 3).padding(new Fixed(0, 2)));
        addConvolution(cases, Shape.of(0, 3, 3, 3, 2), 2, 1, Window.of(2, 2, 2));
        addConvolution(
                cases, Shape.of(2, 6, 5, 3), 6, 3, Window.of(3, 3).strides(2).padding(same));
        addConvolution(cases, Shape.of(3, 14, 13, 32), 32, 32, Window.of(3, 3).padding(same));
        addConvolution(cases, Shape.of(2, 4, 4, 5, 3), 6, 3, Window.of(2, 3, 2).padding(same));
        addConvolution(cases, Shape.of(0, 5, 5, 3), 3, 3, Window.of(3, 3));
        addConvolution(cases, Shape.of(1, 4, 4, 2), 3, 1, Window.of(1, 1).padding(new Fixed(1, 0)));
        addPooling(cases, Shape.of(2, 13, 3), Window.of(3).strides(2).padding(same));
        addPooling(cases, Shape.of(1, 13, 4), Window.of(4));
        addPooling(cases, Shape.of(2, 6, 2), Window.of(2).strides(3).padding(new Fixed(1, 0)));
        addPooling(cases, Shape.of(1, 4, 6, 5, 2), Window.of(2, 3, 2).strides(2).padding(same));
        addPooling(
                cases,
                Shape.of(2, 5, 4, 6, 1),
                Window.of(3, 2, 2).strides(1, 2, 3).dilation(2, 1, 1));
        addPooling(cases, Shape.of(2, 6, 8, 3), Window.of(2, 2).strides(2));
        addPooling(cases, Shape.of(2, 7, 5, 4), Window.of(2, 2).strides(2));
        addPooling(cases, Shape.of(2, 7, 5, 4), Window.of(3, 3).strides(2).padding(same));
        addPooling(cases, Shape.of(1, 6, 6, 13), Window.of(3, 2).padding(same));
        addPooling(cases, Shape.of(1, 9, 8, 2), Window.of(2, 3).strides(1, 2).dilation(2));
        addPooling(cases, Shape.of(1, 1, 1, 1), Window.of(1, 1));
        addPooling(cases, Shape.of(3, 28, 28, 6), Window.of(2, 2).strides(2));
        addPooling(cases, Shape.of(0, 6, 6, 2), Window.of(2, 2).strides(2));
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
        int channels = x.size(-1) / groups;
        Shape kernel = window.size().append(channels, filters);
        ConvolutionOp.Conv op = new ConvolutionOp.Conv(window, groups);
        Shape y = op.infer(List.of(new TensorSpec(x, DType.FLOAT64), new TensorSpec(kernel, DType.FLOAT64)))
                .get(0)
                .shape();
        long places = window.size().elements();
        cases.add(OpCase.of(op)
                .value(x, Draw.normal(1))
                .value(kernel, Draw.normal(1))
                .accuracy(Accuracy.sumOf(places * channels))
                .gradients(0, 1));
        cases.add(OpCase.of(new ConvolutionOp.InputBackward(window, groups, x))
                .value(kernel, Draw.normal(1))
                .value(y, Draw.normal(1))
                .accuracy(Accuracy.sumOf(places * filters / groups))
                .gradients(0, 1));
        cases.add(OpCase.of(new ConvolutionOp.KernelBackward(window, groups, kernel))
                .value(x, Draw.normal(1))
                .value(y, Draw.normal(1))
                .accuracy(Accuracy.sumOf(y.elements(0, y.rank() - 1)))
                .gradients(0, 1));
    }

    private static void addPooling(List<OpCase> cases, Shape x, Window window) {
        PoolingOp.MaxPool op = new PoolingOp.MaxPool(window);
        Shape y = op.infer(List.of(new TensorSpec(x, DType.FLOAT64))).get(0).shape();
        cases.add(OpCase.of(op).value(x, Draw.normal(1)).gradients(0));
        cases.add(OpCase.of(op).value(x, Draw.uniform(-3, -1)).gradients(0));
        long elements = window.size().elements();
        // Few values, so that windows have ties: the first element gets the gradient.
        for (Draw draw : List.of(Draw.normal(1), Draw.integers(-1, 2))) {
            cases.add(OpCase.of(new PoolingOp.MaxPoolBackward(window))
                    .value(x, draw)
                    .value(y, Draw.resultOf(op, 0, 0))
                    .value(y, Draw.normal(1))
                    .accuracy(Accuracy.sumOf(elements)));
        }
        cases.add(OpCase.of(new PoolingOp.AveragePool(window))
                .value(x, Draw.normal(1))
                .accuracy(Accuracy.sumOf(elements))
                .gradients(0));
        cases.add(OpCase.of(new PoolingOp.AveragePoolBackward(window, x))
                .value(y, Draw.normal(1))
                .accuracy(Accuracy.sumOf(elements))
                .gradients(0));
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
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(new Accuracy(16, 4 * size * amplified))
                .gradients(0, 1, 2));
        NormalizationOp.BatchNormBackward backward = new NormalizationOp.BatchNormBackward(epsilon);
        Draw means = Draw.normal(size == 1 ? 0 : size, 0.1);
        cases.add(OpCase.of(backward)
                .value(x, draw)
                .value(channels, Draw.uniform(0.5, 2))
                .value(channels, means)
                .value(channels, Draw.uniform(0.5, 2))
                .value(x, Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(new Accuracy(8, 4 * rows * size)));
        // Half-precision data have scales and statistics of float32.
        cases.add(OpCase.of(op + " of halves", _ -> op)
                .value(x, draw)
                .index(channels, DType.FLOAT32, Draw.uniform(0.5, 2))
                .index(channels, DType.FLOAT32, Draw.normal(1))
                .dtypes(DType.BFLOAT16, DType.FLOAT16)
                .reference(DType.FLOAT32)
                .accuracy(new Accuracy(16, 4 * size * amplified)));
        cases.add(OpCase.of(backward + " of halves", _ -> backward)
                .value(x, draw)
                .index(channels, DType.FLOAT32, Draw.uniform(0.5, 2))
                .index(channels, DType.FLOAT32, means)
                .index(channels, DType.FLOAT32, Draw.uniform(0.5, 2))
                .value(x, Draw.normal(1))
                .dtypes(DType.BFLOAT16, DType.FLOAT16)
                .reference(DType.FLOAT32)
                .accuracy(new Accuracy(8, 4 * rows * size)));
    }
}
