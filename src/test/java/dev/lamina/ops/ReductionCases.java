package dev.lamina.ops;

import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of the reductions. */
final class ReductionCases {
    private record Form(Shape shape, int... axes) {}

    private static final List<Form> FORMS = List.of(
            new Form(Shape.scalar()),
            new Form(Shape.of(1)),
            new Form(Shape.of(13), 0),
            new Form(Shape.of(4098)),
            new Form(Shape.of(4, 6)),
            new Form(Shape.of(4, 6), 0),
            new Form(Shape.of(4, 6), -1),
            new Form(Shape.of(4, 1), 1),
            new Form(Shape.of(4, 6, 13), 1),
            new Form(Shape.of(4, 6, 13), 0, 2),
            new Form(Shape.of(4, 6, 13), -2, -1),
            new Form(Shape.of(4, 6, 13), 2, 0, 1),
            new Form(Shape.of(2, 3, 4, 5), 0, 2),
            new Form(Shape.of(2, 3, 4, 5), 1, 3),
            new Form(Shape.of(4098, 3), 0),
            new Form(Shape.of(3, 4098), 1),
            new Form(Shape.of(207, 13), 1),
            new Form(Shape.of(207, 13), 0),
            new Form(Shape.of(0, 3), 1));

    private static final List<Form> EMPTY = List.of(new Form(Shape.of(0)), new Form(Shape.of(4, 0, 3), 1));

    private ReductionCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (boolean keep : new boolean[] {false, true}) {
                for (Form form : FORMS) {
                    add(cases, kind, keep, form);
                }
                if (kind == Kind.SUM || kind == Kind.MEAN) {
                    EMPTY.forEach(form -> add(cases, kind, keep, form));
                }
            }
        }
        cases.add(OpCase.of(ReductionOp.Reduce.of(Kind.SUM, false, 1))
                .value(Shape.of(13, 20_011), Draw.normal(1))
                .accuracy(Accuracy.sumOf(20_011))
                .dtypes(DType.FLOAT32));
        // So long that sums in 16-bit types go by parts.
        cases.add(OpCase.of(ReductionOp.Reduce.of(Kind.SUM, false, 1))
                .value(Shape.of(2, 66_001), Draw.normal(1))
                .accuracy(Accuracy.sumOf(66_001))
                .dtypes(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16));
        for (boolean largest : new boolean[] {true, false}) {
            addArg(
                    cases,
                    new ReductionOp.ArgReduce(largest, 0),
                    Shape.of(1),
                    Shape.of(13),
                    Shape.of(4, 6),
                    Shape.of(3, 2, 4));
            addArg(cases, new ReductionOp.ArgReduce(largest, -1), Shape.of(4, 6), Shape.of(207, 13), Shape.of(0, 3));
            addArg(cases, new ReductionOp.ArgReduce(largest, 1), Shape.of(4, 6, 13), Shape.of(3, 4098), Shape.of(4, 1));
        }
        return cases;
    }

    private static void add(List<OpCase> cases, Kind kind, boolean keep, Form form) {
        Op op = ReductionOp.Reduce.of(kind, keep, form.axes());
        long results = op.infer(List.of(new dev.lamina.tensor.TensorSpec(form.shape(), DType.FLOAT64)))
                .get(0)
                .shape()
                .elements();
        Accuracy accuracy = switch (kind) {
            case SUM -> Accuracy.sumOf(form.shape().elements() / Math.max(1, results));
            // A sum's error divided by the number of terms, and a division.
            case MEAN -> new Accuracy(5, 1);
            case MAX, MIN -> Accuracy.EXACT;
        };
        OpCase base = OpCase.of(op).accuracy(accuracy);
        OpCase floats = base.value(form.shape(), Draw.normal(1));
        // The mean of nothing is NaN, which has no differences to check a gradient by.
        cases.add(kind == Kind.MEAN && form.shape().elements() == 0 && results > 0 ? floats : floats.gradients(0));
        if (kind != Kind.MEAN) {
            cases.add(base.value(form.shape(), Draw.integers(-50, 50)).dtypes(DType.INT32, DType.INT64));
            cases.add(base.value(form.shape(), Draw.integers(0, 200)).dtypes(DType.UINT8));
        }
        if (kind == Kind.MAX || kind == Kind.MIN) {
            cases.add(base.value(form.shape(), Draw.booleans()).dtypes(DType.BOOL));
        }
    }

    private static void addArg(List<OpCase> cases, ReductionOp.ArgReduce op, Shape... shapes) {
        for (Shape shape : shapes) {
            cases.add(OpCase.of(op).value(shape, Draw.normal(1)));
            // Few values, so that there are ties: the first one counts.
            cases.add(OpCase.of(op).value(shape, Draw.integers(0, 4)).dtypes(DType.INT32, DType.INT64, DType.UINT8));
        }
    }
}
