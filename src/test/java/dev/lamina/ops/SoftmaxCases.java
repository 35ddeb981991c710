package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of softmax and the cross-entropies. */
final class SoftmaxCases {
    private static final List<Shape> SHAPES = List.of(
            Shape.of(1),
            Shape.of(13),
            Shape.of(4, 10),
            Shape.of(3, 207),
            Shape.of(2, 4098),
            Shape.of(2, 3, 5),
            Shape.of(6, 1),
            Shape.of(0, 4),
            Shape.of(207, 13));

    private SoftmaxCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (Shape shape : SHAPES) {
            add(cases, shape, Draw.normal(1), 1);
        }
        // Without subtracting the maximum, exp would overflow in float32.
        add(cases, Shape.of(4, 10), Draw.normal(40), 100);
        add(cases, Shape.of(4, 10), Draw.normal(120, 1), 120);
        return cases;
    }

    /**
     * @param size of the logits: their rounding is an absolute error of what is subtracted, and a relative one of its
     *     exp
     */
    private static void add(List<OpCase> cases, Shape shape, Draw logits, double size) {
        // Each class is a term of the sums.
        double classes = Math.sqrt(shape.size(-1));
        Accuracy probability = Accuracy.ulps(8 + 2 * size + classes);
        Accuracy logarithm = new Accuracy(8, 4 * size);
        Shape rows = shape.drop(-1);
        cases.add(OpCase.of(new SoftmaxOp.Softmax())
                .value(shape, logits)
                .accuracy(probability)
                .gradients(0));
        cases.add(OpCase.of(new SoftmaxOp.LogSoftmax())
                .value(shape, logits)
                .accuracy(logarithm)
                .gradients(0));
        cases.add(OpCase.of(new SoftmaxOp.SoftmaxBackward())
                .value(shape, Draw.probabilities())
                .value(shape, Draw.normal(1))
                .accuracy(new Accuracy(8 + classes, 4))
                .gradients(0, 1));
        SoftmaxOp.SparseCrossEntropy sparse = new SoftmaxOp.SparseCrossEntropy();
        for (DType label : OpCase.INTEGERS) {
            // uint8 has no label above 255.
            Draw labels = Draw.integers(0, Math.min(256, shape.size(-1)));
            cases.add(OpCase.of(sparse)
                    .value(shape, logits)
                    .index(rows, label, labels)
                    .accuracy(logarithm)
                    .gradients(0));
            cases.add(OpCase.of(new SoftmaxOp.SparseCrossEntropyBackward())
                    .value(shape, logits)
                    .index(rows, label, labels)
                    .value(rows, Draw.resultOf(sparse, 1, 0, 1))
                    .value(rows, Draw.normal(1))
                    .accuracy(new Accuracy(8 + 2 * size, 4)));
        }
        SoftmaxOp.CrossEntropy dense = new SoftmaxOp.CrossEntropy();
        cases.add(OpCase.of(dense)
                .value(shape, logits)
                .value(shape, Draw.probabilities())
                .accuracy(new Accuracy(8 + classes, 4 * size))
                .gradients(0, 1));
        cases.add(OpCase.of(new SoftmaxOp.CrossEntropyBackward())
                .value(shape, logits)
                .value(shape, Draw.probabilities())
                .value(rows, Draw.resultOf(dense, 1, 0, 1))
                .value(rows, Draw.normal(1))
                .accuracy(new Accuracy(8 + 2 * size + classes, 4)));
    }
}
