package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of layer normalization. */
final class LayerNormCases {
    private static final List<DType> WIDE = List.of(DType.FLOAT32, DType.FLOAT64);
    private static final List<DType> HALVES = List.of(DType.BFLOAT16, DType.FLOAT16);

    private LayerNormCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (int[] sizes :
                new int[][] {{1}, {13}, {4, 10}, {3, 207}, {2, 4098}, {2, 3, 5}, {6, 1}, {0, 4}, {600, 13}}) {
            add(cases, Shape.of(sizes), Draw.normal(1), 1);
        }
        for (int columns : new int[] {1, 6, 13, 207, 1025, 4098}) {
            for (int rows : new int[] {0, 1, 11}) {
                addResidual(cases, Shape.of(rows, columns));
            }
        }
        // Several groups of rows in a chunk.
        addResidual(cases, Shape.of(4200, 13));
        // The mean must be taken off before squares are summed.
        add(cases, Shape.of(4, 207), Draw.normal(100, 1), 100);
        return cases;
    }

    /** @param size of x: the rounding of the mean is an absolute error of what is normalized */
    private static void add(List<OpCase> cases, Shape x, Draw draw, double size) {
        Shape columns = Shape.of(x.size(-1));
        Shape rows = x.drop(-1);
        cases.add(OpCase.of(new NormalizationOp.LayerNorm(1e-3))
                .value(x, draw)
                .value(columns, Draw.uniform(0.5, 2))
                .value(columns, Draw.normal(1))
                .dtypes(WIDE)
                .accuracy(new Accuracy(16, 4 * size))
                .gradients(0, 1, 2));
        NormalizationOp.LayerNorm forward = new NormalizationOp.LayerNorm(1e-3);
        // Half-precision data have scales and statistics of float32.
        cases.add(OpCase.of(forward + " of halves", dtype -> forward)
                .value(x, draw)
                .index(columns, DType.FLOAT32, Draw.uniform(0.5, 2))
                .index(columns, DType.FLOAT32, Draw.normal(1))
                .dtypes(HALVES)
                .reference(DType.FLOAT32)
                .accuracy(new Accuracy(16, 4 * size)));
        NormalizationOp.LayerNormBackward backward = new NormalizationOp.LayerNormBackward();
        double terms = Math.max(x.size(-1), Math.max(1, rows.elements()));
        Accuracy sums = new Accuracy(8, 4 * terms * size);
        Draw means = Draw.normal(size == 1 ? 0 : size, 0.1);
        cases.add(OpCase.of(backward)
                .value(x, draw)
                .value(columns, Draw.uniform(0.5, 2))
                .value(rows, means)
                .value(rows, Draw.uniform(0.5, 2))
                .value(x, Draw.normal(1))
                .dtypes(WIDE)
                .accuracy(sums));
        cases.add(OpCase.of(backward + " of halves", dtype -> backward)
                .value(x, draw)
                .index(columns, DType.FLOAT32, Draw.uniform(0.5, 2))
                .index(rows, DType.FLOAT32, means)
                .index(rows, DType.FLOAT32, Draw.uniform(0.5, 2))
                .value(x, Draw.normal(1))
                .dtypes(HALVES)
                .reference(DType.FLOAT32)
                .accuracy(sums));
    }

    /** With the sum before it, and with what is added to its gradient. */
    private static void addResidual(List<OpCase> cases, Shape x) {
        Shape columns = Shape.of(x.size(-1));
        Shape rows = x.drop(-1);
        ResidualNorm forward = new ResidualNorm(new NormalizationOp.LayerNorm(1e-3), x.size(0) != 1);
        Accuracy values = new Accuracy(16, 8);
        Accuracy sums = new Accuracy(8, 4.0 * Math.max(x.size(-1), Math.max(1, rows.elements())));
        cases.add(OpCase.of(forward)
                .value(x, Draw.normal(1))
                .value(x, Draw.normal(1))
                .value(columns, Draw.uniform(0.5, 2))
                .value(columns, Draw.normal(1))
                .dtypes(WIDE)
                .accuracy(values));
        for (ResidualNorm.Backward backward : backward(x)) {
            cases.add(summands(
                            backward,
                            x,
                            OpCase.of(backward)
                                    .value(x, Draw.normal(1))
                                    .value(columns, Draw.uniform(0.5, 2))
                                    .value(rows, Draw.normal(0.1))
                                    .value(rows, Draw.uniform(0.5, 2)))
                    .dtypes(WIDE)
                    .accuracy(sums));
        }
        // The sums of halves are rounded before they are normalized, and so are gradients before others are added.
        for (DType half : HALVES) {
            double rounding = half == DType.BFLOAT16 ? 0x1p16 : 0x1p13;
            cases.add(OpCase.of(forward + " of " + half, dtype -> forward)
                    .value(x, Draw.normal(1))
                    .value(x, Draw.normal(1))
                    .index(columns, DType.FLOAT32, Draw.uniform(0.5, 2))
                    .index(columns, DType.FLOAT32, Draw.normal(1))
                    .dtypes(half)
                    .reference(DType.FLOAT32)
                    .accuracy(new Accuracy(rounding, 8)));
            // A sum of up to 8, rounded, times scales of up to 4, over the rows.
            for (ResidualNorm.Backward backward : backward(x)) {
                cases.add(summands(
                                backward,
                                x,
                                OpCase.of(backward + " of " + half, dtype -> backward)
                                        .value(x, Draw.normal(1))
                                        .index(columns, DType.FLOAT32, Draw.uniform(0.5, 2))
                                        .index(rows, DType.FLOAT32, Draw.normal(0.1))
                                        .index(rows, DType.FLOAT32, Draw.uniform(0.5, 2)))
                        .dtypes(half)
                        .reference(DType.FLOAT32)
                        .accuracy(new Accuracy(rounding, Math.max(32, rows.elements()))));
            }
        }
    }

    /** With one sum or both. */
    private static List<ResidualNorm.Backward> backward(Shape x) {
        NormalizationOp.LayerNormBackward norm = new NormalizationOp.LayerNormBackward();
        return x.size(0) == 1
                ? List.of(new ResidualNorm.Backward(norm, true, false), new ResidualNorm.Backward(norm, false, true))
                : List.of(new ResidualNorm.Backward(norm, true, true));
    }

    /** With dy and what is added to it and to dx. */
    private static OpCase summands(ResidualNorm.Backward op, Shape x, OpCase one) {
        OpCase more = one.value(x, Draw.normal(1));
        more = op.before() ? more.value(x, Draw.normal(1)) : more;
        return op.after() ? more.value(x, Draw.normal(1)) : more;
    }
}
