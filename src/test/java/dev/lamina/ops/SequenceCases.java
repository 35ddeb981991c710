package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/** Cases of sequences: losses with their gradients, and what metrics make of a batch. */
final class SequenceCases {
    private static final int[][] ROWS = {{0, 4}, {1, 1}, {1, 10}, {6, 4}, {13, 10}, {4, 207}, {3, 1000}, {207, 13}};

    private SequenceCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (int[] size : ROWS) {
            cases.add(ofLogits(size[0], size[1]));
            cases.add(ofProbabilities(size[0], size[1]));
        }
        for (int size : List.of(1, 4, 6, 13, 207, 1000, 4098)) {
            cases.add(batch(size));
        }
        return cases;
    }

    /** Cross-entropy and its gradient, from logits without their bias, and how often the label is the largest. */
    private static OpCase ofLogits(int rows, int classes) {
        Shape all = Shape.of(rows, classes);
        return OpCase.of("cross-entropy of logits as a sequence", dtype -> {
                    SequenceBuilder ops = new SequenceBuilder(
                            new TensorSpec(all, dtype),
                            new TensorSpec(Shape.of(classes), dtype),
                            new TensorSpec(Shape.of(rows), DType.INT32),
                            new TensorSpec(Shape.of(rows), dtype));
                    int logits = ops.add(BinaryOp.ADD, 0, 1);
                    int loss = ops.add(new SoftmaxOp.SparseCrossEntropy(), logits, 2);
                    int dx = ops.add(new SoftmaxOp.SparseCrossEntropyBackward(), logits, 2, loss + 1, 3);
                    int largest = ops.add(new ReductionOp.ArgReduce(true, -1), logits);
                    int hit = ops.add(BinaryOp.EQUAL, largest, 2);
                    int hits = ops.add(new ElementwiseOp.Cast(dtype), hit);
                    return ops.giving(loss, dx, hits, largest);
                })
                .value(all, Draw.normal(1))
                .value(Shape.of(classes), Draw.normal(1))
                .index(Shape.of(rows), DType.INT32, Draw.integers(0, classes))
                .value(Shape.of(rows), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(new Accuracy(16, 8));
    }

    /** Keras's cross-entropy of probabilities, which are scaled to sum 1 and clipped, and the gradient of softmax. */
    private static OpCase ofProbabilities(int rows, int classes) {
        Shape all = Shape.of(rows, classes);
        return OpCase.of("cross-entropy of probabilities as a sequence", dtype -> {
                    SequenceBuilder ops = new SequenceBuilder(
                            new TensorSpec(all, dtype),
                            new TensorSpec(Shape.of(rows), DType.INT32),
                            new TensorSpec(Shape.of(rows), dtype));
                    ReductionOp.Reduce kept = ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, -1);
                    ReductionOp.Reduce sum = ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, -1);
                    int least = ops.add(new SourceOp.Fill(Shape.scalar(), dtype, 1e-7));
                    int p = ops.add(new SoftmaxOp.Softmax(), 0);
                    int scaled = ops.add(BinaryOp.DIVIDE, p, ops.add(kept, p));
                    int log = ops.add(UnaryOp.LOG, ops.add(BinaryOp.MAXIMUM, scaled, least));
                    int hot = ops.add(new IndexOp.OneHot(classes, dtype), 1);
                    int loss = ops.add(UnaryOp.NEGATE, ops.add(sum, ops.add(BinaryOp.MULTIPLY, hot, log)));
                    int column = ops.add(new ShapeOp.Reshape(Shape.of(rows, 1)), 2);
                    int spread = ops.add(new ShapeOp.BroadcastTo(all), column);
                    int dp = ops.add(BinaryOp.MULTIPLY, spread, hot);
                    int dx = ops.add(new SoftmaxOp.SoftmaxBackward(), p, dp);
                    return ops.giving(loss, dx, p);
                })
                .value(all, Draw.normal(1))
                .index(Shape.of(rows), DType.INT32, Draw.integers(0, classes))
                .value(Shape.of(rows), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(new Accuracy(16 + Math.sqrt(classes), 8));
    }

    /** One row: sums and extremes of a batch, and counters. */
    private static OpCase batch(int size) {
        Shape all = Shape.of(size);
        return OpCase.of("metrics of a batch as a sequence", dtype -> {
                    SequenceBuilder ops = new SequenceBuilder(
                            new TensorSpec(all, dtype),
                            new TensorSpec(all, dtype),
                            new TensorSpec(Shape.scalar(), dtype),
                            new TensorSpec(Shape.scalar(), DType.INT32));
                    int weighted = ops.add(BinaryOp.MULTIPLY, 0, 1);
                    int mean = ops.add(ReductionOp.Reduce.of(ReductionOp.Kind.MEAN, false), weighted);
                    int sum = ops.add(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false), 1);
                    int most = ops.add(ReductionOp.Reduce.of(ReductionOp.Kind.MAX, false), 0);
                    int least = ops.add(ReductionOp.Reduce.of(ReductionOp.Kind.MIN, false), 0);
                    int total = ops.add(BinaryOp.ADD, 2, sum);
                    int one = ops.add(new SourceOp.Fill(Shape.scalar(), DType.INT32, 1));
                    int count = ops.add(BinaryOp.ADD, 3, one);
                    return ops.giving(mean, total, most, least, count);
                })
                .value(all, Draw.normal(1))
                .value(all, Draw.normal(1))
                .value(Shape.scalar(), Draw.normal(1))
                .index(Shape.scalar(), DType.INT32, Draw.integers(0, 50))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(size));
    }
}
