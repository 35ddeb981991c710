package dev.lamina.ops;

import dev.lamina.ops.FusedOp.Elementwise.Constant;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Cases of the ops that the passes put together. They are made of 32 and 64 bit floats only. */
final class FusedCases {
    private FusedCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (boolean a : new boolean[] {false, true}) {
            for (boolean b : new boolean[] {false, true}) {
                addLinear(cases, a, b, 13, 6, 4, Optional.of(UnaryOp.RELU));
            }
        }
        addLinear(cases, false, false, 13, 6, 207, Optional.of(UnaryOp.GELU_TANH));
        addLinear(cases, false, false, 1, 1, 1, Optional.empty());
        addLinear(cases, false, true, 207, 13, 10, Optional.of(UnaryOp.TANH));
        addLinear(cases, false, false, 130, 207, 100, Optional.of(UnaryOp.SIGMOID));
        addLinear(cases, false, false, 40, 300, 207, Optional.empty());
        addLinear(cases, false, false, 0, 6, 4, Optional.of(UnaryOp.RELU));
        for (DType half : List.of(DType.BFLOAT16, DType.FLOAT16)) {
            addHalves(cases, half);
        }
        cases.add(OpCase.of(new FusedOp.Linear(false, false, Optional.of(UnaryOp.RELU)))
                .value(Shape.of(3, 4, 6), Draw.normal(1))
                .value(Shape.of(6, 5), Draw.normal(1))
                .value(Shape.of(5), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(7)));
        for (int size : OpCatalogue.AWKWARD_SIZES) {
            if (size <= 207) {
                addLinear(cases, false, false, size, 6, 20, Optional.of(UnaryOp.RELU));
                addLinearBackward(cases, size, 6, 20);
                addLinearBackward(cases, 13, size, 4);
                addLinearBackward(cases, 4, 13, size);
            }
        }
        addLinearBackward(cases, 128, 70, 10);
        addCasts(cases, OpCatalogue.AWKWARD_SIZES);
        addCasts(cases, List.of(0));
        // More than a launch takes, some of several chunks, some of none.
        addCasts(cases, IntStream.range(0, 70).mapToObj(i -> i % 7 * 1400).toList());
        addGated(cases, false, true, 13, 10, 300);
        addGated(cases, false, false, 6, 16, 207);
        addGated(cases, false, true, 1, 1, 17);
        addGated(cases, true, false, 4, 13, 20);
        addGated(cases, false, true, 13, 40, 20);
        addGated(cases, false, true, 0, 4, 20);
        addLinear(cases, false, true, 13, 6, 207, Optional.empty());
        addLinear(cases, true, false, 4, 207, 13, Optional.empty());
        addLinearBackward(cases, 1300, 6, 20);
        addConvolution(cases, Shape.of(3, 7, 6, 3), 4, 1, Window.of(3, 3));
        addConvolution(cases, Shape.of(2, 13, 13, 32), 64, 1, Window.of(3, 3).padding(Window.Padding.SAME));
        addConvolution(cases, Shape.of(2, 6, 5, 4), 6, 2, Window.of(3, 3).strides(2));
        addConvolution(cases, Shape.of(2, 13, 4), 6, 1, Window.of(1));
        addConvolution(cases, Shape.of(0, 6, 5, 3), 4, 1, Window.of(3, 3));
        PooledCases.addTo(cases);
        for (int size : OpCatalogue.AWKWARD_SIZES) {
            cases.add(adam(Shape.of(size)));
        }
        cases.add(adam(Shape.of(3, 50, 700)));
        cases.add(gate(Shape.of(5, 13, 4)));
        cases.add(gate(Shape.of(1, 13, 4)));
        for (DType drawn : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)) {
            for (int columns : OpCatalogue.AWKWARD_SIZES) {
                cases.add(dropout(Shape.of(3, columns), drawn));
            }
        }
        cases.addAll(SequenceCases.all());
        return cases;
    }

    /** By their definitions: the product is rounded before the bias is added. */
    private static void addHalves(List<OpCase> cases, DType half) {
        double rounding = half == DType.BFLOAT16 ? 0x1p16 : 0x1p13;
        for (int m : new int[] {1, 13}) {
            cases.add(OpCase.of(
                            "linear of " + half + "s", _ -> new FusedOp.Linear(false, false, Optional.of(UnaryOp.RELU)))
                    .value(Shape.of(m, 6), Draw.normal(1))
                    .value(Shape.of(6, 207), Draw.normal(1))
                    .value(Shape.of(207), Draw.normal(1))
                    .dtypes(half)
                    .accuracy(new Accuracy(rounding, 7)));
        }
        cases.add(OpCase.of("linear_backward of " + half + "s", _ -> new FusedOp.LinearBackward())
                .value(Shape.of(13, 6), Draw.normal(1))
                .value(Shape.of(13, 207), Draw.normal(1))
                .dtypes(half)
                .accuracy(new Accuracy(rounding, 14)));
        Window window = Window.of(3, 3).padding(Window.Padding.SAME);
        cases.add(OpCase.of("biased convolution of " + half + "s", _ -> new FusedOp.Convolution(window, 1))
                .value(Shape.of(2, 5, 4, 3), Draw.normal(1))
                .value(Shape.of(3, 3, 3, 4), Draw.normal(1))
                .value(Shape.of(4), Draw.normal(1))
                .dtypes(half)
                .accuracy(new Accuracy(rounding, 28)));
    }

    private static void addLinear(
            List<OpCase> cases, boolean a, boolean b, int m, int k, int n, Optional<UnaryOp> activation) {
        cases.add(OpCase.of(new FusedOp.Linear(a, b, activation))
                .value(a ? Shape.of(k, m) : Shape.of(m, k), Draw.normal(1))
                .value(b ? Shape.of(n, k) : Shape.of(k, n), Draw.normal(1))
                .value(Shape.of(n), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(k + 1)));
    }

    private static void addGated(List<OpCase> cases, boolean a, boolean b, int m, int k, int n) {
        cases.add(OpCase.of(new FusedOp.GatedProduct(a, b))
                .value(a ? Shape.of(k, m) : Shape.of(m, k), Draw.normal(1))
                .value(b ? Shape.of(n, k) : Shape.of(k, n), Draw.normal(1))
                .value(Shape.of(m, n), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(k)));
    }

    /** Numbers of float32 to the types of the case. */
    private static void addCasts(List<OpCase> cases, List<Integer> sizes) {
        OpCase one = OpCase.of("casts of " + sizes.size() + " tensors", FusedOp.Casts::new);
        for (int size : sizes) {
            one = one.index(Shape.of(size), DType.FLOAT32, Draw.normal(100));
        }
        cases.add(one);
    }

    private static void addLinearBackward(List<OpCase> cases, int rows, int inputs, int units) {
        cases.add(OpCase.of(new FusedOp.LinearBackward())
                .value(Shape.of(rows, inputs), Draw.normal(1))
                .value(Shape.of(rows, units), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(rows)));
    }

    private static void addConvolution(List<OpCase> cases, Shape x, int filters, int groups, Window window) {
        int channels = x.size(-1) / groups;
        cases.add(OpCase.of(new FusedOp.Convolution(window, groups))
                .value(x, Draw.normal(1))
                .value(window.size().append(channels, filters), Draw.normal(1))
                .value(Shape.of(filters), Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.sumOf(window.size().elements() * channels + 1)));
    }

    /** What a step of Adam does to a weight: several results, a scalar input, constants. */
    private static OpCase adam(Shape shape) {
        return OpCase.of(
                        "adam as a chain",
                        dtype -> new FusedOp.Elementwise(
                                shape,
                                List.of(dtype, dtype, dtype, dtype, dtype),
                                List.of(
                                        new Constant(0.125, dtype),
                                        new Constant(0.25, dtype),
                                        new Constant(1e-3, dtype)),
                                List.of(
                                        new Instruction(BinaryOp.SUBTRACT, List.of(0, 1)),
                                        new Instruction(BinaryOp.MULTIPLY, List.of(8, 5)),
                                        new Instruction(BinaryOp.ADD, List.of(1, 9)),
                                        new Instruction(UnaryOp.SQUARE, List.of(0)),
                                        new Instruction(BinaryOp.SUBTRACT, List.of(11, 2)),
                                        new Instruction(BinaryOp.MULTIPLY, List.of(12, 6)),
                                        new Instruction(BinaryOp.ADD, List.of(2, 13)),
                                        new Instruction(BinaryOp.MULTIPLY, List.of(10, 3)),
                                        new Instruction(UnaryOp.SQRT, List.of(14)),
                                        new Instruction(BinaryOp.ADD, List.of(16, 7)),
                                        new Instruction(BinaryOp.DIVIDE, List.of(15, 17)),
                                        new Instruction(BinaryOp.SUBTRACT, List.of(4, 18))),
                                List.of(10, 14, 19)))
                .value(shape, Draw.normal(1))
                .value(shape, Draw.normal(1))
                .value(shape, Draw.uniform(0, 1))
                .value(Shape.scalar(), Draw.uniform(0.5, 1))
                .value(shape, Draw.normal(1))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(new Accuracy(16, 8));
    }

    /** Comparisons, a choice and casts between; inputs that are repeated along each axis. */
    private static OpCase gate(Shape shape) {
        return OpCase.of(
                        "a gate as a chain",
                        dtype -> new FusedOp.Elementwise(
                                shape,
                                List.of(dtype, dtype, dtype, DType.INT32),
                                List.of(new Constant(0, dtype)),
                                List.of(
                                        new Instruction(BinaryOp.GREATER, List.of(0, 4)),
                                        new Instruction(new ElementwiseOp.Cast(dtype), List.of(3)),
                                        new Instruction(new ElementwiseOp.Select(), List.of(5, 1, 6)),
                                        new Instruction(UnaryBackwardOp.RELU_BACKWARD, List.of(0, 7)),
                                        new Instruction(BinaryOp.ADD, List.of(8, 2)),
                                        new Instruction(UnaryOp.LOGICAL_NOT, List.of(5))),
                                List.of(9, 10, 7)))
                .value(Shape.of(5, 13, 4).equals(shape) ? shape : Shape.of(13, 1), Draw.normal(1))
                .value(Shape.of(13, 4), Draw.normal(1))
                .value(Shape.of(1, 1, 4), Draw.normal(1))
                .index(Shape.of(1, 13, 1), DType.INT32, Draw.integers(-5, 5))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.ulps(4));
    }

    /** Bias and dropout, whose choice is drawn in the chain; numbers of that type are drawn. */
    private static OpCase dropout(Shape shape, DType drawn) {
        return OpCase.of(
                        "bias and dropout by " + drawn + " as a chain",
                        dtype -> new FusedOp.Elementwise(
                                shape,
                                List.of(dtype, dtype, DType.INT64),
                                List.of(new Constant(0.3, drawn), new Constant(1.25, dtype), new Constant(0, dtype)),
                                List.of(new FusedOp.Elementwise.Draw(2, drawn)),
                                List.of(
                                        new Instruction(BinaryOp.ADD, List.of(0, 1)),
                                        new Instruction(BinaryOp.GREATER_EQUAL, List.of(6, 3)),
                                        new Instruction(BinaryOp.MULTIPLY, List.of(7, 4)),
                                        new Instruction(new ElementwiseOp.Select(), List.of(8, 9, 5))),
                                List.of(10, 8)))
                .value(shape, Draw.normal(1))
                .value(Shape.of(shape.size(-1)), Draw.normal(1))
                .index(Shape.of(2), DType.INT64, Draw.state(0x5EED_0123_4567_89ABL, 41))
                .dtypes(DType.FLOAT32, DType.FLOAT64)
                .accuracy(Accuracy.ulps(4));
    }
}
