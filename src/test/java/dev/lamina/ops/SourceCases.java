package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of the ops without tensors to work on: constants and random numbers. */
final class SourceCases {
    private SourceCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (int size : OpCatalogue.AWKWARD_SIZES) {
            addFill(cases, Shape.of(size), 1);
            addRandom(cases, Shape.of(size));
        }
        addFill(cases, Shape.scalar(), 0);
        addFill(cases, Shape.of(4, 6), 2.7);
        addRandom(cases, Shape.of(4, 6));
        addRandom(cases, Shape.scalar());
        for (int count : List.of(0, 1, 13, 100)) {
            cases.add(OpCase.of("range of " + count, dtype -> new SourceOp.Range(3, count, dtype))
                    .dtypes(OpCase.ALL.stream()
                            .filter(dtype -> dtype != DType.BOOL)
                            .toList()));
        }
        return cases;
    }

    private static void addFill(List<OpCase> cases, Shape shape, double value) {
        cases.add(OpCase.of("fill " + shape + " with " + value, dtype -> new SourceOp.Fill(shape, dtype, value))
                .dtypes(OpCase.ALL));
    }

    private static void addRandom(List<OpCase> cases, Shape shape) {
        Draw state = Draw.state(0x5EED_0123_4567_89ABL, 41);
        // Each type draws numbers of its own, so there is nothing to compare with but the definition.
        for (DType type : OpCase.FLOATS) {
            cases.add(OpCase.of("random_uniform " + shape, dtype -> new RandomOp.Uniform(shape, dtype))
                    .index(Shape.of(2), DType.INT64, state)
                    .dtypes(type)
                    .reference(type));
        }
        cases.add(OpCase.of("random_normal " + shape, dtype -> new RandomOp.Normal(shape, dtype))
                .index(Shape.of(2), DType.INT64, state)
                // cos(2 pi v) near its zeros has the absolute error of the argument, times r of up to 6.7.
                .accuracy(new Accuracy(8, 8)));
    }
}
