package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.layers.Input;
import dev.lamina.layers.InputLayer;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ops between the layers of a model, where the size of a batch isn't known: they give what they give of its batches.
 */
final class FunctionalOpsTest {
    static List<Arguments> ops() {
        return List.of(
                of("greater", x -> Ops.greater(x, 2)),
                of("power", x -> Ops.power(x, 3)),
                of("where", x -> Ops.where(Ops.less(x, 4), 0, x)),
                of("prod", x -> Ops.prod(x, 1)),
                of("var", x -> Ops.var(x, 1, 2)),
                of("std", x -> Ops.std(x, 0)),
                of("logsumexp", x -> Ops.logsumexp(x, -1)),
                of("any", x -> Ops.any(Ops.greater(x, 4), 2)),
                of("cumsum", x -> Ops.cumsum(x, -1)),
                of("squeeze", x -> Ops.squeeze(Ops.slice(x, new int[3], new int[] {-1, 1, -1}), 1)),
                of("stack", x -> Ops.stack(List.of(x, x), 1)),
                of("unstack", x -> Ops.unstack(x, 2).get(1)),
                of("split", x -> Ops.split(x, 2, -1).get(1)),
                of("split at places", x -> Ops.split(x, new int[] {1}, 0).get(1)),
                of("zeros", Ops::zerosLike),
                of("ones", Ops::onesLike),
                of("truth", x -> Ops.onesLike(Ops.greater(x, 4))),
                of("power of 0", x -> Ops.power(x, 0)),
                of("tile", x -> Ops.tile(x, 2, 1, 3)),
                of("pad", x -> Ops.pad(x, new int[][] {{1, 0}, {0, 2}, {1, 1}}, -1)));
    }

    /** Those that make or drop an axis, of sequences whose length isn't known either. */
    static List<Arguments> opsOfSequences() {
        return List.of(
                of("expandDims at 0", x -> Ops.expandDims(x, 0)),
                of("expandDims at 1", x -> Ops.expandDims(x, 1)),
                of("expandDims at 2", x -> Ops.expandDims(x, 2)),
                of("expandDims at the end", x -> Ops.expandDims(x, -1)),
                of("squeeze", x -> Ops.squeeze(Ops.slice(x, new int[3], new int[] {-1, -1, 1}), 2)),
                of("stack", x -> Ops.stack(List.of(x, Ops.negate(x)), 1)),
                of("unstack", x -> Ops.unstack(x, 2).get(1)),
                of("logsumexp", x -> Ops.logsumexp(x, -1)),
                of("prod", x -> Ops.prod(x, 2)),
                of("tile", x -> Ops.tile(x, 2, 1, 1, 3)),
                of("softmax", x -> NN.softmax(Ops.expandDims(x, 2), 2, 3)),
                of("zeros", Ops::zerosLike));
    }

    private static Arguments of(String name, UnaryOperator<Tensor> function) {
        return Arguments.of(name, function);
    }

    private static void assertSame(String name, Tensor actual, Tensor expected) {
        assertThat(actual.spec()).as(name).isEqualTo(expected.spec());
        assertThat(actual.toHost().toDoubleArray())
                .as(name)
                .containsExactly(expected.toHost().toDoubleArray());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ops")
    void aBatchOfAnySizeHasTheOpsResult(String name, UnaryOperator<Tensor> function) {
        SymbolicTensor x = Input.of(Shape.of(2, 4));
        try (Scope _ = Scope.open();
                Functional model = Functional.of(x, function.apply(x))) {
            for (int batch = 1; batch <= 3; batch++) {
                Tensor data = Ops.reshape(Ops.range(0, batch * 8, x.dtype()), batch, 2, 4);
                assertSame(name, model.apply(data), function.apply(data));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("opsOfSequences")
    void soHaveSequencesOfAnyLength(String name, UnaryOperator<Tensor> function) {
        SymbolicTensor x = Input.of(Shape.of(Shape.UNKNOWN, 4));
        SymbolicTensor known = Input.of(Shape.of(3, 4));
        try (Scope _ = Scope.open();
                Functional model = Functional.of(x, function.apply(x));
                Functional around = Functional.of(known, model.apply(known))) {
            for (int batch = 1; batch <= 3; batch++) {
                Tensor data = Ops.reshape(Ops.range(0, batch * 12, x.dtype()), batch, 3, 4);
                assertSame(name, model.apply(data), function.apply(data));
                assertSame(name, around.apply(data), function.apply(data));
                Tensor turned = Ops.reshape(data, 3, batch, 4);
                assertSame(name, model.apply(turned), function.apply(turned));
            }
        }
    }

    @Test
    void gradientsFlowThroughSequencesOfAnyLength() {
        SymbolicTensor x = Input.of(Shape.of(Shape.UNKNOWN, 4));
        try (Scope _ = Scope.open();
                Functional model = Functional.of(x, Ops.logsumexp(x, -1));
                GradientTape tape = GradientTape.open()) {
            Tensor data = Ops.reshape(Ops.range(0, 24, x.dtype()), 2, 3, 4);
            tape.watch(data);
            Tensor gradient =
                    tape.gradient(Ops.sum(model.apply(data)), List.of(data)).get(0);
            assertThat(gradient.toHost().toDoubleArray())
                    .containsExactly(NN.softmax(data).toHost().toDoubleArray(), within(1e-6));
        }
    }

    @Test
    void onesOfWhatIsNoNumber() {
        SymbolicTensor x = Input.of(Shape.of(3));
        HostArray data = HostArray.of(new float[] {1, Float.NaN, Float.POSITIVE_INFINITY}, 1, 3);
        try (Functional model = Functional.of(x, List.of(Ops.onesLike(x), Ops.zerosLike(x)))) {
            List<HostArray> results = model.predict(List.of(data), 1);
            assertThat(results.get(0).toDoubleArray()).containsExactly(1, 1, 1);
            assertThat(results.get(1).toDoubleArray()).containsExactly(0, 0, 0);
        }
    }

    /** Calls of the graph come later: nothing is computed yet, though the shape is all that is needed. */
    @Test
    void onesOfATensorOfKnownShapeAreOfTheGraph() {
        SymbolicTensor x = new InputLayer("x", Shape.of(2, 3), DType.FLOAT32).output();
        assertThat(Ops.onesLike(x)).isInstanceOf(SymbolicTensor.class);
        assertThat(Ops.power(x, 0)).isInstanceOf(SymbolicTensor.class);
    }
}
