package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cases of the ops on one element, their gradients and conversions. */
final class UnaryCases {
    private UnaryCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (UnaryOp op : UnaryOp.values()) {
            for (int size : OpCatalogue.AWKWARD_SIZES) {
                cases.add(unary(op, Shape.of(size)));
            }
            cases.add(unary(op, Shape.scalar()));
            cases.add(unary(op, Shape.of(4, 6, 13)));
        }
        for (UnaryOp op : List.of(UnaryOp.RELU, UnaryOp.EXP, UnaryOp.GELU)) {
            cases.add(unary(op, Shape.of(131_075)).dtypes(DType.FLOAT32));
        }
        for (UnaryOp op :
                List.of(UnaryOp.IDENTITY, UnaryOp.NEGATE, UnaryOp.ABS, UnaryOp.SIGN, UnaryOp.SQUARE, UnaryOp.RELU)) {
            cases.add(
                    OpCase.of(op).value(Shape.of(207), Draw.integers(-100, 100)).dtypes(DType.INT32, DType.INT64));
            cases.add(OpCase.of(op).value(Shape.of(207), Draw.integers(0, 16)).dtypes(DType.UINT8));
        }
        cases.add(
                OpCase.of(UnaryOp.IDENTITY).value(Shape.of(13), Draw.booleans()).dtypes(DType.BOOL));
        cases.add(OpCase.of(UnaryOp.IDENTITY).value(Shape.of(4, 6), Draw.specials()));
        for (UnaryBackwardOp op : UnaryBackwardOp.values()) {
            for (int size : OpCatalogue.AWKWARD_SIZES) {
                cases.add(backward(op, Shape.of(size)));
            }
            cases.add(backward(op, Shape.of(4, 6, 13)));
        }
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                Draw draw = from == DType.BOOL ? Draw.booleans() : Draw.uniform(0, 120);
                // A gradient is checked by differences in float64 only, so there only the conversion to itself has one.
                Integer[] gradients = from == DType.FLOAT64 && to == DType.FLOAT64 ? new Integer[] {0} : new Integer[0];
                cases.add(OpCase.of("cast from " + from, ElementwiseOp.Cast::new)
                        .index(Shape.of(207), from, draw)
                        .dtypes(to)
                        .gradients(gradients));
            }
        }
        cases.add(OpCase.of("cast of negative numbers", ElementwiseOp.Cast::new)
                .index(Shape.of(13), DType.FLOAT32, Draw.normal(50))
                .dtypes(DType.INT32, DType.INT64, DType.BFLOAT16, DType.FLOAT16, DType.BOOL));
        return cases;
    }

    private static OpCase unary(UnaryOp op, Shape shape) {
        OpCase base = OpCase.of(op).value(shape, draw(op)).accuracy(accuracy(op));
        return switch (op) {
            case LOGICAL_NOT -> base.dtypes(DType.BOOL).reference(DType.BOOL);
            case IS_NAN, IS_FINITE -> base;
            default -> base.gradients(0);
        };
    }

    private static Draw draw(UnaryOp op) {
        return switch (op) {
            case IDENTITY, NEGATE, SQUARE, EXP, EXPM1, SIGMOID -> Draw.normal(1);
            case ABS, SIGN, RELU, RECIPROCAL -> Draw.awayFromZero(0.2, 3);
            case SQRT, RSQRT, LOG -> Draw.uniform(0.1, 4);
            case LOG1P -> Draw.uniform(-0.8, 3);
            case SIN, COS, TANH, ERF, GELU, GELU_TANH, SILU, SOFTPLUS -> Draw.normal(2);
            case FLOOR, CEIL, ROUND -> Draw.awayFromSteps();
            case LOGICAL_NOT -> Draw.booleans();
            case IS_NAN, IS_FINITE -> Draw.specials();
        };
    }

    private static Accuracy accuracy(UnaryOp op) {
        return switch (op) {
            case IDENTITY, NEGATE, ABS, SIGN, RELU, FLOOR, CEIL, ROUND, LOGICAL_NOT, IS_NAN, IS_FINITE ->
                Accuracy.EXACT;
            case SQUARE, RECIPROCAL, SQRT -> Accuracy.ulps(1);
            // Libraries' functions of float32 promise 1 to 4 units in the last place.
            case RSQRT, EXP, EXPM1, LOG, LOG1P, TANH, ERF, SIGMOID -> Accuracy.ulps(8);
            // Argument reduction leaves an absolute error near the zeros.
            case SIN, COS -> new Accuracy(8, 1);
            // 1 + erf, 1 + exp and log of sums near 1 cancel far out in the tails.
            case GELU, GELU_TANH, SILU, SOFTPLUS -> new Accuracy(8, 1);
        };
    }

    private static OpCase backward(UnaryBackwardOp op, Shape shape) {
        Draw saved = switch (op) {
            case RELU_BACKWARD -> Draw.awayFromZero(0.2, 2);
            case TANH_BACKWARD -> Draw.uniform(-0.95, 0.95);
            case SIGMOID_BACKWARD -> Draw.uniform(0.05, 0.95);
            case GELU_BACKWARD, GELU_TANH_BACKWARD, SILU_BACKWARD -> Draw.normal(2);
        };
        Accuracy accuracy = switch (op) {
            case RELU_BACKWARD -> Accuracy.EXACT;
            // 1 - y^2 loses what y^2 was rounded by.
            case TANH_BACKWARD, SIGMOID_BACKWARD -> new Accuracy(4, 4);
            // Two terms that cancel at the minimum, times dy of up to 4.
            case GELU_BACKWARD, GELU_TANH_BACKWARD, SILU_BACKWARD -> new Accuracy(8, 4);
        };
        return OpCase.of(op)
                .value(shape, saved)
                .value(shape, Draw.normal(1))
                .accuracy(accuracy)
                .gradients(0, 1);
    }
}
