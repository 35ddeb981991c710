package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Cases of optimizers' steps: several weights in one, of awkward sizes, some of which decay. */
final class OptimizerCases {
    private OptimizerCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        List<Shape> weights = new ArrayList<>(List.of(Shape.scalar(), Shape.of(3, 5, 700)));
        OpCatalogue.AWKWARD_SIZES.forEach(size -> weights.add(Shape.of(size)));
        List<Double> decays = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            decays.add(i % 3 == 1 ? 0.125 : 0);
        }
        for (double momentum : new double[] {0, 0.9}) {
            cases.add(of(new OptimizerOp.Sgd(momentum, false, decays), weights));
        }
        cases.add(of(new OptimizerOp.Sgd(0.8, true, decays), weights));
        for (boolean amsgrad : new boolean[] {false, true}) {
            cases.add(of(new OptimizerOp.Adam(0.9, 0.999, 1e-7, amsgrad, decays), weights));
        }
        for (double momentum : new double[] {0, 0.9}) {
            for (boolean centered : new boolean[] {false, true}) {
                cases.add(of(new OptimizerOp.RmsProp(0.9, momentum, 1e-7, centered, decays), weights));
            }
        }
        cases.add(of(new OptimizerOp.Adam(0.5, 0.75, 1e-3, false, List.of(0.0)), List.of(Shape.of(207))));
        cases.add(of(new OptimizerOp.Sgd(0, false, List.of(0.0)), List.of(Shape.of(0))));
        for (boolean taken : new boolean[] {false, true}) {
            cases.add(guarded(new OptimizerOp.Adam(0.9, 0.999, 1e-7, true, decays), taken, weights));
            cases.add(guarded(new OptimizerOp.Sgd(0.9, true, decays), taken, weights));
            cases.add(guarded(new OptimizerOp.RmsProp(0.9, 0, 1e-7, true, decays), taken, weights));
        }
        for (DType half : List.of(DType.BFLOAT16, DType.FLOAT16)) {
            for (OptimizerOp.Rule rule : List.of(
                    new OptimizerOp.Sgd(0.9, false, decays),
                    new OptimizerOp.Adam(0.9, 0.999, 1e-7, false, decays),
                    new OptimizerOp.RmsProp(0.9, 0.9, 1e-7, true, decays))) {
                cases.add(with(OpCase.of(rule + ", gradients of " + half, _ -> rule), rule, weights, Optional.of(half))
                        .dtypes(DType.FLOAT32));
            }
        }
        return cases;
    }

    private static OpCase guarded(OptimizerOp.Rule rule, boolean taken, List<Shape> weights) {
        OptimizerOp op = new OptimizerOp.Guarded(rule);
        OpCase one = OpCase.of(op + (taken ? " taken" : " not taken"), _ -> op)
                .index(Shape.scalar(), DType.BOOL, Draw.integers(taken ? 1 : 0, taken ? 2 : 1));
        return with(one, rule, weights);
    }

    private static OpCase of(OptimizerOp.Rule op, List<Shape> weights) {
        return with(OpCase.of(op), op, weights);
    }

    private static OpCase with(OpCase begun, OptimizerOp.Rule op, List<Shape> weights) {
        return with(begun, op, weights, Optional.empty());
    }

    /** @param gradients the gradients' type, if they have one of their own */
    private static OpCase with(OpCase begun, OptimizerOp.Rule op, List<Shape> weights, Optional<DType> gradients) {
        OpCase one = begun.index(Shape.scalar(), DType.FLOAT32, Draw.uniform(0.01, 0.1));
        if (op.shared() == 2) {
            one = one.index(Shape.scalar(), DType.INT32, Draw.integers(1, 51));
        }
        for (Shape weight : weights) {
            one = one.value(weight, Draw.normal(1));
            one = gradients.isPresent()
                    ? one.index(weight, gradients.get(), Draw.normal(1))
                    : one.value(weight, Draw.normal(1));
            for (Draw slot : slots(op)) {
                one = one.value(weight, slot);
            }
        }
        // A handful of roundings of terms of up to 8.
        return one.dtypes(DType.FLOAT32, DType.FLOAT64).accuracy(new Accuracy(16, 8));
    }

    /** Running means of squares are positive; large enough that a centered one stays so. */
    private static List<Draw> slots(OptimizerOp.Rule op) {
        Draw squares = Draw.uniform(2, 4);
        return switch (op) {
            case OptimizerOp.Sgd _ -> Collections.nCopies(op.slots(), Draw.normal(1));
            case OptimizerOp.Adam _ -> List.of(Draw.normal(1), squares, squares).subList(0, op.slots());
            case OptimizerOp.RmsProp _ ->
                List.of(squares, Draw.uniform(-1, 1), Draw.uniform(-1, 1)).subList(0, op.slots());
        };
    }
}
