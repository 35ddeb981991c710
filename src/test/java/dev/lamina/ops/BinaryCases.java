package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of the ops on two elements, and of the choice between two. */
final class BinaryCases {
    /** Two shapes that broadcast. */
    private record Pair(Shape a, Shape b) {}

    private static final List<Pair> BROADCASTS = List.of(
            new Pair(Shape.scalar(), Shape.scalar()),
            new Pair(Shape.of(207), Shape.scalar()),
            new Pair(Shape.scalar(), Shape.of(13)),
            new Pair(Shape.of(13), Shape.of(1)),
            new Pair(Shape.of(6, 13), Shape.of(13)),
            new Pair(Shape.of(13), Shape.of(6, 13)),
            new Pair(Shape.of(4, 6, 13), Shape.of(6, 13)),
            new Pair(Shape.of(1, 13), Shape.of(6, 13)),
            new Pair(Shape.of(6, 13), Shape.of(6, 1)),
            new Pair(Shape.of(4, 6, 13), Shape.of(6, 1)),
            new Pair(Shape.of(4, 6, 13), Shape.of(4, 1, 13)),
            new Pair(Shape.of(6, 1), Shape.of(1, 13)),
            new Pair(Shape.of(4, 1, 13), Shape.of(6, 1)),
            new Pair(Shape.of(2, 1, 3, 1, 5), Shape.of(4, 1, 6, 1)),
            new Pair(Shape.of(4, 6, 13), Shape.of(4, 6, 13)),
            new Pair(Shape.of(0, 4), Shape.of(1, 4)),
            new Pair(Shape.of(4, 0), Shape.of(4, 1)));

    private BinaryCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (BinaryOp op : BinaryOp.values()) {
            for (int size : OpCatalogue.AWKWARD_SIZES) {
                cases.add(binary(op, new Pair(Shape.of(size), Shape.of(size))));
            }
            for (Pair pair : BROADCASTS) {
                cases.add(binary(op, pair));
            }
            if (!isLogical(op)) {
                addIntegers(cases, op);
            }
        }
        cases.add(binary(BinaryOp.ADD, new Pair(Shape.of(131_075), Shape.of(131_075)))
                .dtypes(DType.FLOAT32));
        cases.add(binary(BinaryOp.MULTIPLY, new Pair(Shape.of(1025, 129), Shape.of(129)))
                .dtypes(DType.FLOAT32));
        for (BinaryOp op : List.of(BinaryOp.EQUAL, BinaryOp.NOT_EQUAL)) {
            for (Shape other : List.of(Shape.of(6, 13), Shape.of(6, 1))) {
                cases.add(OpCase.of(op)
                        .value(Shape.of(6, 13), Draw.booleans())
                        .value(other, Draw.booleans())
                        .dtypes(DType.BOOL));
            }
            cases.add(OpCase.of(op).value(Shape.of(207), Draw.specials()).value(Shape.of(207), Draw.specials()));
        }
        for (BinaryOp op : List.of(BinaryOp.MAXIMUM, BinaryOp.MINIMUM, BinaryOp.LESS, BinaryOp.GREATER_EQUAL)) {
            cases.add(OpCase.of(op).value(Shape.of(207), Draw.specials()).value(Shape.of(207), Draw.specials()));
        }
        addChoices(cases);
        return cases;
    }

    private static boolean isLogical(BinaryOp op) {
        return op == BinaryOp.LOGICAL_AND || op == BinaryOp.LOGICAL_OR;
    }

    private static OpCase binary(BinaryOp op, Pair shapes) {
        Draw a = switch (op) {
            case POWER -> Draw.uniform(0.3, 3);
            case FLOOR_DIVIDE, MOD -> Draw.halves(-30, 30);
            case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> Draw.integers(-2, 3);
            case LOGICAL_AND, LOGICAL_OR -> Draw.booleans();
            case ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM -> Draw.normal(1);
        };
        Draw b = switch (op) {
            case DIVIDE -> Draw.awayFromZero(0.3, 3);
            case POWER -> Draw.uniform(-2, 2);
            case FLOOR_DIVIDE, MOD -> Draw.nonZeroIntegers(8);
            case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> Draw.integers(-2, 3);
            case LOGICAL_AND, LOGICAL_OR -> Draw.booleans();
            case ADD, SUBTRACT, MULTIPLY, MAXIMUM, MINIMUM -> Draw.normal(1);
        };
        Accuracy accuracy = switch (op) {
            case ADD, SUBTRACT, MULTIPLY, DIVIDE -> Accuracy.ulps(1);
            // powf promises 4 to 8 units.
            case POWER -> Accuracy.ulps(16);
            case FLOOR_DIVIDE, MOD, MAXIMUM, MINIMUM, EQUAL, NOT_EQUAL, LESS -> Accuracy.EXACT;
            case LESS_EQUAL, GREATER, GREATER_EQUAL, LOGICAL_AND, LOGICAL_OR -> Accuracy.EXACT;
        };
        OpCase base = OpCase.of(op).value(shapes.a(), a).value(shapes.b(), b).accuracy(accuracy);
        if (isLogical(op)) {
            return base.dtypes(DType.BOOL).reference(DType.BOOL);
        }
        return op.isPredicate() ? base : base.gradients(0, 1);
    }

    private static void addIntegers(List<OpCase> cases, BinaryOp op) {
        if (op == BinaryOp.DIVIDE || op == BinaryOp.POWER) {
            return;
        }
        for (Pair pair : List.of(new Pair(Shape.of(207), Shape.of(207)), new Pair(Shape.of(4, 6), Shape.of(6)))) {
            cases.add(OpCase.of(op)
                    .value(pair.a(), Draw.integers(-50, 50))
                    .value(pair.b(), Draw.nonZeroIntegers(9))
                    .dtypes(DType.INT32, DType.INT64));
            cases.add(OpCase.of(op)
                    .value(pair.a(), Draw.integers(0, 16))
                    .value(pair.b(), Draw.integers(1, 16))
                    .dtypes(DType.UINT8));
        }
    }

    private static void addChoices(List<OpCase> cases) {
        List<List<Shape>> shapes = new ArrayList<>();
        for (int size : OpCatalogue.AWKWARD_SIZES) {
            shapes.add(List.of(Shape.of(size), Shape.of(size), Shape.of(size)));
        }
        shapes.add(List.of(Shape.scalar(), Shape.of(6, 13), Shape.of(13)));
        shapes.add(List.of(Shape.of(6, 1), Shape.of(13), Shape.scalar()));
        shapes.add(List.of(Shape.of(6, 13), Shape.scalar(), Shape.scalar()));
        shapes.add(List.of(Shape.of(13), Shape.of(4, 1, 13), Shape.of(6, 1)));
        for (List<Shape> three : shapes) {
            cases.add(OpCase.of(new ElementwiseOp.Select())
                    .index(three.get(0), DType.BOOL, Draw.booleans())
                    .value(three.get(1), Draw.normal(1))
                    .value(three.get(2), Draw.normal(1))
                    .gradients(1, 2));
            cases.add(OpCase.of(new ElementwiseOp.Select())
                    .index(three.get(0), DType.BOOL, Draw.booleans())
                    .value(three.get(1), Draw.integers(0, 2))
                    .value(three.get(2), Draw.integers(0, 100))
                    .dtypes(DType.INT32, DType.INT64, DType.UINT8, DType.BOOL));
        }
    }
}
