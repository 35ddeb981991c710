package dev.lamina.ops;

import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of the ops that only move elements, each in every element type. */
final class ShapeCases {
    private ShapeCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        add(cases, new ShapeOp.Reshape(Shape.of(6, 4)), Shape.of(4, 6));
        add(cases, new ShapeOp.Reshape(Shape.of(Shape.UNKNOWN)), Shape.of(4, 6, 13));
        add(cases, new ShapeOp.Reshape(Shape.of(3, Shape.UNKNOWN, 1)), Shape.of(207));
        add(cases, new ShapeOp.Reshape(Shape.scalar()), Shape.of(1, 1));
        add(cases, new ShapeOp.Reshape(Shape.of(0, 3)), Shape.of(6, 0));
        add(cases, new ShapeOp.BroadcastTo(Shape.of(13)), Shape.scalar());
        add(cases, new ShapeOp.BroadcastTo(Shape.of(4098)), Shape.of(1));
        add(cases, new ShapeOp.BroadcastTo(Shape.of(6, 13)), Shape.of(13));
        add(cases, new ShapeOp.BroadcastTo(Shape.of(4, 6, 13)), Shape.of(6, 1));
        add(cases, new ShapeOp.BroadcastTo(Shape.of(4, 6)), Shape.of(4, 6));
        add(cases, new ShapeOp.BroadcastTo(Shape.of(0, 6)), Shape.of(1, 6));
        add(cases, new ShapeOp.Transpose(List.of()), Shape.scalar());
        add(cases, new ShapeOp.Transpose(List.of(0)), Shape.of(13));
        add(
                cases,
                new ShapeOp.Transpose(List.of(1, 0)),
                Shape.of(4, 6),
                Shape.of(207, 13),
                Shape.of(0, 3),
                Shape.of(1, 6));
        add(cases, new ShapeOp.Transpose(List.of(1, 0)), Shape.of(65, 67));
        for (List<Integer> order : List.of(List.of(0, 2, 1), List.of(1, 0, 2), List.of(1, 2, 0), List.of(2, 1, 0))) {
            add(cases, new ShapeOp.Transpose(order), Shape.of(4, 6, 13));
        }
        add(cases, new ShapeOp.Transpose(List.of(0, 3, 1, 2)), Shape.of(2, 3, 4, 5));
        add(cases, new ShapeOp.Transpose(List.of(3, 1, 0, 2)), Shape.of(2, 3, 4, 5));
        add(cases, new ShapeOp.Slice(List.of(5), List.of(6)), Shape.of(13));
        add(cases, new ShapeOp.Slice(List.of(3), List.of(Shape.UNKNOWN)), Shape.of(4098));
        add(cases, new ShapeOp.Slice(List.of(1, 2), List.of(3, 1)), Shape.of(4, 6));
        add(cases, new ShapeOp.Slice(List.of(0, 1, 0), List.of(4, 4, Shape.UNKNOWN)), Shape.of(4, 6, 13));
        add(cases, new ShapeOp.Slice(List.of(4, 0), List.of(0, 6)), Shape.of(4, 6));
        add(cases, new ShapeOp.Slice(List.of(), List.of()), Shape.scalar());
        add(cases, new ShapeOp.Pad(List.of(2), List.of(3), 0), Shape.of(13), Shape.of(0));
        add(cases, new ShapeOp.Pad(List.of(0, 1), List.of(2, 0), 3), Shape.of(4, 6), Shape.of(207, 13), Shape.of(0, 6));
        add(cases, new ShapeOp.Pad(List.of(0, 1, 1, 0), List.of(0, 2, 1, 0), 0), Shape.of(2, 3, 4, 5));
        add(cases, new ShapeOp.Pad(List.of(0, 0), List.of(0, 0), 1), Shape.of(4, 6));
        addConcat(cases, 0, Shape.of(13));
        addConcat(cases, 0, Shape.of(4), Shape.of(0), Shape.of(207));
        addConcat(cases, 0, Shape.of(1, 6), Shape.of(4, 6), Shape.of(13, 6));
        addConcat(cases, 1, Shape.of(4, 6), Shape.of(4, 1));
        addConcat(cases, -1, Shape.of(2, 3, 4), Shape.of(2, 3, 1), Shape.of(2, 3, 0));
        addConcat(cases, 1, Shape.of(2, 3, 4), Shape.of(2, 1, 4));
        addConcat(cases, 1, Shape.of(0, 3), Shape.of(0, 2));
        return cases;
    }

    private static void add(List<OpCase> cases, ShapeOp op, Shape... shapes) {
        for (Shape shape : shapes) {
            cases.add(OpCase.of(op)
                    .value(shape, Draw.integers(0, 100))
                    .dtypes(OpCase.ALL)
                    .gradients(0));
        }
    }

    private static void addConcat(List<OpCase> cases, int axis, Shape... shapes) {
        OpCase all = OpCase.of(new ShapeOp.Concat(axis)).dtypes(OpCase.ALL);
        Integer[] inputs = new Integer[shapes.length];
        for (int i = 0; i < shapes.length; i++) {
            all = all.value(shapes[i], Draw.integers(0, 100));
            inputs[i] = i;
        }
        cases.add(all.gradients(inputs));
    }
}
