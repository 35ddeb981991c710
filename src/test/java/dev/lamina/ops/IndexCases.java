package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of the ops driven by integer indices. */
final class IndexCases {
    private IndexCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (DType index : OpCase.INTEGERS) {
            addGather(cases, Shape.of(7, 3), index, Shape.of(13));
            addScatter(cases, 7, index, Shape.of(13), Shape.of(13, 3));
            addOneHot(cases, 6, index, Shape.of(13));
        }
        addGather(cases, Shape.of(7, 3), DType.INT32, Shape.scalar());
        addGather(cases, Shape.of(7, 3), DType.INT32, Shape.of(2, 3));
        addGather(cases, Shape.of(13), DType.INT32, Shape.of(4, 6));
        addGather(cases, Shape.of(4, 2, 5), DType.INT64, Shape.of(207));
        addGather(cases, Shape.of(7, 3), DType.INT32, Shape.of(0));
        addGather(cases, Shape.of(7, 0), DType.INT32, Shape.of(4));
        addScatter(cases, 7, DType.INT32, Shape.scalar(), Shape.of(3));
        addScatter(cases, 7, DType.INT32, Shape.of(2, 3), Shape.of(2, 3, 4));
        addScatter(cases, 5, DType.INT64, Shape.of(4098), Shape.of(4098));
        addScatter(cases, 207, DType.INT32, Shape.of(6), Shape.of(6, 13));
        addScatter(cases, 7, DType.INT32, Shape.of(0), Shape.of(0, 3));
        addOneHot(cases, 10, DType.INT32, Shape.of(4, 6));
        addOneHot(cases, 1, DType.INT64, Shape.scalar());
        addOneHot(cases, 4, DType.INT32, Shape.of(0));
        return cases;
    }

    private static void addGather(List<OpCase> cases, Shape table, DType index, Shape indices) {
        Draw rows = Draw.integers(0, table.size(0));
        OpCase gather = OpCase.of(new IndexOp.Gather());
        cases.add(
                gather.value(table, Draw.normal(1)).index(indices, index, rows).gradients(0));
        cases.add(gather.value(table, Draw.integers(0, 100))
                .index(indices, index, rows)
                .dtypes(DType.INT32, DType.INT64, DType.UINT8, DType.BOOL));
    }

    private static void addScatter(List<OpCase> cases, int rows, DType index, Shape indices, Shape dy) {
        cases.add(OpCase.of(new IndexOp.ScatterAdd(rows))
                .index(indices, index, Draw.integers(0, rows))
                .value(dy, Draw.normal(1))
                .accuracy(Accuracy.sumOf(indices.elements()))
                .gradients(1));
    }

    private static void addOneHot(List<OpCase> cases, int depth, DType index, Shape indices) {
        // Some indices lie outside: their rows are 0.
        cases.add(OpCase.of("one_hot of depth " + depth, dtype -> new IndexOp.OneHot(depth, dtype))
                .index(
                        indices,
                        index,
                        index == DType.UINT8 ? Draw.integers(0, depth + 2) : Draw.integers(-1, depth + 2))
                .dtypes(OpCase.ALL));
    }
}
