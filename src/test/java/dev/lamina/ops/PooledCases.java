package dev.lamina.ops;

import dev.lamina.ops.PooledConvolution.Kept;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.List;

/** Cases of convolutions with pooling, and of their gradients. */
final class PooledCases {
    private static final Window PAIRS = Window.of(2, 2).strides(2);

    private PooledCases() {}

    static void addTo(List<OpCase> cases) {
        for (Kept kept : new Kept[] {Kept.NOTHING, Kept.PLACES}) {
            boolean keeps = kept == Kept.PLACES;
            addForward(cases, Shape.of(13, 9, 8, 3), 16, PAIRS, !keeps, kept);
            addForward(cases, Shape.of(207, 6, 6, 1), 13, PAIRS, keeps, kept);
            addForward(cases, Shape.of(4, 13, 13, 32), 64, Window.of(3, 3).strides(2), true, kept);
            addForward(cases, Shape.of(1, 6, 7, 4), 6, Window.of(2, 3).padding(Window.Padding.SAME), false, kept);
            addForward(cases, Shape.of(0, 6, 6, 4), 6, Window.of(2, 2), true, kept);
        }
        for (boolean cut : new boolean[] {false, true}) {
            addForward(cases, Shape.of(13, 9, 8, 3), 16, PAIRS, cut, Kept.WINNERS);
            addForward(cases, Shape.of(207, 6, 6, 1), 13, PAIRS, cut, Kept.WINNERS);
            addForward(cases, Shape.of(4, 13, 13, 6), 20, Window.of(3, 4).strides(3, 4), cut, Kept.WINNERS);
            addForward(cases, Shape.of(0, 6, 6, 4), 6, PAIRS, cut, Kept.WINNERS);
        }
        // Several chunks of the bias's sums and several partial gradients of the kernel, of few channels and of more.
        addBackward(cases, Shape.of(8, 28, 28, 1), 32, PAIRS, false);
        addBackward(cases, Shape.of(13, 28, 28, 1), 32, PAIRS, true);
        addBackward(cases, Shape.of(8, 13, 13, 6), 64, PAIRS, true);
        addBackward(cases, Shape.of(8, 13, 13, 6), 64, Window.of(3, 2).strides(3, 2), false);
        // What is left to single ops by the sizes.
        addBackward(cases, Shape.of(13, 9, 8, 3), 4, PAIRS, true);
        addBackward(cases, Shape.of(1, 6, 7, 4), 6, PAIRS, false);
        addBackward(cases, Shape.of(0, 6, 6, 4), 6, PAIRS, true);
    }

    private static void addForward(List<OpCase> cases, Shape x, int filters, Window pool, boolean cut, Kept kept) {
        Window window = Window.of(3, 3);
        FusedOp.Convolution convolution = new FusedOp.Convolution(window, 1);
        cases.add(OpCase.of(new PooledConvolution(convolution, new PoolingOp.MaxPool(pool), cut, kept))
                .value(x, Draw.normal(1))
                .value(window.size().append(x.size(-1), filters), Draw.normal(1))
                .value(Shape.of(filters), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(9 * x.size(-1) + 1)));
    }

    /** One number more than the window has elements stands for windows without a winner. */
    private static void addBackward(List<OpCase> cases, Shape x, int filters, Window pool, boolean images) {
        Window window = Window.of(3, 3);
        FusedOp.Convolution convolution = new FusedOp.Convolution(window, 1);
        Shape places = Shape.of(x.size(0), x.size(1) - 2, x.size(2) - 2, filters);
        Shape pooled = pool.output(new PoolingOp.MaxPool(pool), places, filters);
        int elements = (int) pool.size().elements();
        cases.add(OpCase.of(new PooledConvolutionBackward(convolution, new PoolingOp.MaxPool(pool), images))
                .value(x, Draw.normal(1))
                .value(window.size().append(x.size(-1), filters), Draw.normal(1))
                .index(pooled, DType.UINT8, Draw.integers(0, elements))
                .value(pooled, Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(Math.max(9 * filters, (int) (places.elements() / filters)))));
    }
}
