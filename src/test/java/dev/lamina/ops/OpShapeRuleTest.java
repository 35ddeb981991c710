package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.errors.LaminaException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Shape inference with unknown axes: what is inferred then must hold for every size that the axis may turn out to have.
 */
class OpShapeRuleTest {
    @TestFactory
    Stream<DynamicTest> forgettingAnAxisForgetsNoMoreThanItMust() {
        // The state of a generator is a variable: its shape is always known.
        return OpCatalogue.CASES.stream()
                .filter(one -> !(one.op() instanceof RandomOp || one.name().contains("dropout")))
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> {
                    List<TensorSpec> known = one.specs(one.reference());
                    List<TensorSpec> results = one.op().infer(known);
                    for (int input = 0; input < known.size(); input++) {
                        for (int axis = 0; axis < known.get(input).shape().rank(); axis++) {
                            List<TensorSpec> vague = forget(known, input, axis);
                            List<TensorSpec> inferred = one.op().infer(vague);
                            assertThat(inferred).as("outputs for %s", vague).hasSameSizeAs(results);
                            for (int i = 0; i < results.size(); i++) {
                                assertThat(inferred.get(i).dtype())
                                        .isEqualTo(results.get(i).dtype());
                                assertThat(inferred.get(i)
                                                .shape()
                                                .isCompatibleWith(results.get(i).shape()))
                                        .as("%s inferred for %s may be %s", inferred.get(i), vague, results.get(i))
                                        .isTrue();
                                checkDependence(
                                        one.op(),
                                        known,
                                        input,
                                        axis,
                                        i,
                                        inferred.get(i).shape());
                            }
                        }
                    }
                }));
    }

    /** An axis of the result that changes with the forgotten size must be unknown. */
    private static void checkDependence(
            Op op, List<TensorSpec> known, int input, int axis, int output, Shape inferred) {
        int size = known.get(input).shape().size(axis);
        for (int other : new int[] {1, size + 1, size + 2}) {
            List<TensorSpec> changed = new ArrayList<>(known);
            TensorSpec spec = known.get(input);
            changed.set(input, new TensorSpec(spec.shape().withSize(axis, other), spec.dtype()));
            try {
                Shape result = op.infer(changed).get(output).shape();
                assertThat(inferred.isCompatibleWith(result))
                        .as(
                                "%s of %s with axis %d of input %d unknown; with size %d it is %s",
                                op, known, axis, input, other, result)
                        .isTrue();
            } catch (ShapeException e) {
                // The axis can't have this size.
                assertThat(e).hasMessageStartingWith("[");
            }
        }
    }

    private static List<TensorSpec> forget(List<TensorSpec> specs, int input, int axis) {
        List<TensorSpec> vague = new ArrayList<>(specs);
        TensorSpec spec = specs.get(input);
        vague.set(input, new TensorSpec(spec.shape().withSize(axis, Shape.UNKNOWN), spec.dtype()));
        return vague;
    }

    @ParameterizedTest(name = "{0} and {1} give {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "None, 10 | 10       | (None, 10)",
                "None, 10 | 1        | (None, 10)",
                "None, 10 | 32, 10   | (32, 10)",
                "None, 10 | 32, 1    | (32, 10)",
                "None, 10 | 1, 10    | (None, 10)",
                "None, 10 | None, 10 | (None, 10)",
                "None     | 4, 7     | (4, 7)",
                "4, 1     | None     | (4, None)",
            })
    void broadcastsUnknownAxes(String a, String b, String expected) {
        List<TensorSpec> inputs = List.of(spec(a), spec(b));
        assertThat(BinaryOp.ADD.infer(inputs).get(0).shape()).hasToString(expected);
        assertThat(BinaryOp.ADD.infer(inputs.reversed()).get(0).shape()).hasToString(expected);
    }

    @ParameterizedTest(name = "reshape {0} to {1} gives {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "4, 6    | None   | (24,)",
                "4, 6    | 3, None | (3, 8)",
                "None, 6 | None, 2, 3 | (None, 2, 3)",
                "None, 6 | 12 | (12,)",
                "4, 0    | 0, 5 | (0, 5)",
            })
    void reshapes(String x, String target, String expected) {
        Op reshape = new ShapeOp.Reshape(spec(target).shape());
        assertThat(reshape.infer(List.of(spec(x))).get(0).shape()).hasToString(expected);
    }

    @ParameterizedTest(name = "size {0}, window {1}, stride {2}, dilation {3}, {4}: {5} places, {6} padding before")
    @CsvSource({
        "7, 3, 1, 1, VALID, 5, 0",
        "7, 3, 2, 1, VALID, 3, 0",
        "8, 3, 2, 1, VALID, 3, 0",
        "7, 3, 1, 2, VALID, 3, 0",
        "2, 3, 1, 1, VALID, 0, 0",
        "7, 3, 1, 1, SAME, 7, 1",
        "7, 3, 2, 1, SAME, 4, 1",
        "8, 3, 2, 1, SAME, 4, 0",
        "8, 2, 1, 1, SAME, 8, 0",
        "8, 4, 1, 1, SAME, 8, 1",
        "5, 1, 3, 1, SAME, 2, 0",
        "7, 3, 1, 1, CAUSAL, 7, 2",
        "7, 3, 2, 2, CAUSAL, 4, 4",
        "1, 5, 3, 1, CAUSAL, 1, 4",
        "-1, 3, 2, 1, SAME, -1, ",
        "-1, 3, 2, 1, VALID, -1, ",
    })
    void countsThePlacesOfAWindow(
            int input, int size, int stride, int dilation, String padding, int places, Integer before) {
        Window.Padding kind = switch (padding) {
            case "VALID" -> Window.Padding.VALID;
            case "SAME" -> Window.Padding.SAME;
            // Keras's "causal": the window ends at the place.
            default -> new Window.Fixed((size - 1) * dilation, 0);
        };
        Window.Axis axis = new Window.Axis(size, stride, dilation, kind);
        assertThat(axis.places(input)).isEqualTo(places);
        if (before != null) {
            assertThat(axis.before(input)).isEqualTo(before);
        }
    }

    private static TensorSpec spec(String sizes) {
        int[] numbers = Stream.of(sizes.split(","))
                .map(String::strip)
                .mapToInt(size -> size.equals("None") ? Shape.UNKNOWN : Integer.parseInt(size))
                .toArray();
        return new TensorSpec(Shape.of(numbers), DType.FLOAT32);
    }

    /** Every family refuses too few inputs with an error of Lamina's own, not with one of the array that holds them. */
    @TestFactory
    Stream<DynamicTest> refusesTheWrongNumberOfInputs() {
        return OpCatalogue.CASES.stream()
                .map(OpCase::op)
                .distinct()
                // These take any number.
                .filter(op -> !(op instanceof ShapeOp.Concat || op instanceof FusedOp.Casts))
                .map(op -> DynamicTest.dynamicTest(op.toString(), () -> {
                    List<TensorSpec> many =
                            java.util.Collections.nCopies(9, new TensorSpec(Shape.of(2, 2), DType.FLOAT32));
                    LaminaException e = org.assertj.core.api.Assertions.catchThrowableOfType(
                            LaminaException.class, () -> op.infer(many));
                    assertThat(e).isInstanceOf(ShapeException.class);
                    assertThat(e.getMessage())
                            .matches("(?s)\\[" + op.opName() + "] expected \\d+ inputs; received 9: .*");
                }));
    }
}
