package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of the matrix product: all transposes, broadcast batches, awkward and empty sizes. */
final class MatrixCases {
    private record Sizes(int m, int k, int n) {}

    private static final List<Sizes> SIZES = List.of(
            new Sizes(1, 1, 1),
            new Sizes(4, 6, 13),
            new Sizes(13, 207, 6),
            new Sizes(1, 4098, 1),
            new Sizes(6, 1, 4),
            new Sizes(1, 13, 4),
            new Sizes(13, 4, 1),
            new Sizes(65, 33, 129),
            new Sizes(0, 3, 4),
            new Sizes(4, 3, 0),
            new Sizes(3, 0, 4));

    /** The leading axes of both sides. */
    private static final List<List<Shape>> BATCHES = List.of(
            List.of(Shape.of(3), Shape.scalar()),
            List.of(Shape.scalar(), Shape.of(3)),
            List.of(Shape.of(5), Shape.of(5)),
            List.of(Shape.of(2, 1), Shape.of(3)),
            List.of(Shape.of(1, 3), Shape.of(2, 1)),
            List.of(Shape.of(2, 3), Shape.of(2, 3)),
            List.of(Shape.of(0), Shape.of(1)));

    private MatrixCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (boolean transposeA : new boolean[] {false, true}) {
            for (boolean transposeB : new boolean[] {false, true}) {
                MatrixOp.Matmul op = new MatrixOp.Matmul(transposeA, transposeB);
                for (Sizes sizes : SIZES) {
                    cases.add(product(op, sizes, Shape.scalar(), Shape.scalar()));
                }
                for (List<Shape> batch : BATCHES) {
                    cases.add(product(op, new Sizes(4, 6, 5), batch.get(0), batch.get(1)));
                }
            }
        }
        cases.add(product(new MatrixOp.Matmul(false, false), new Sizes(131, 257, 67), Shape.scalar(), Shape.scalar())
                .dtypes(DType.FLOAT32));
        // More than one turn of a block's threads in each of more rows than a grid of two blocks has.
        for (boolean transposeB : new boolean[] {false, true}) {
            cases.add(product(
                            new MatrixOp.Matmul(false, transposeB),
                            new Sizes(5, 700, 10),
                            Shape.scalar(),
                            Shape.scalar())
                    .dtypes(DType.FLOAT32));
        }
        return cases;
    }

    private static OpCase product(MatrixOp.Matmul op, Sizes sizes, Shape batchA, Shape batchB) {
        Shape a = op.transposeA() ? batchA.append(sizes.k, sizes.m) : batchA.append(sizes.m, sizes.k);
        Shape b = op.transposeB() ? batchB.append(sizes.n, sizes.k) : batchB.append(sizes.k, sizes.n);
        return OpCase.of(op)
                .value(a, Draw.normal(1))
                .value(b, Draw.normal(1))
                .accuracy(Accuracy.sumOf(sizes.k))
                .gradients(0, 1);
    }
}
