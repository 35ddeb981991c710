package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Input;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
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
                of("tile", x -> Ops.tile(x, 2, 1, 3)),
                of("pad", x -> Ops.pad(x, new int[][] {{1, 0}, {0, 2}, {1, 1}}, -1)));
    }

    private static Arguments of(String name, UnaryOperator<Tensor> function) {
        return Arguments.of(name, function);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ops")
    void aBatchOfAnySizeHasTheOpsResult(String name, UnaryOperator<Tensor> function) {
        SymbolicTensor x = Input.of(Shape.of(2, 4));
        try (Scope _ = Scope.open();
                Functional model = Functional.of(x, function.apply(x))) {
            for (int batch = 1; batch <= 3; batch++) {
                Tensor data = Ops.reshape(Ops.range(0, batch * 8, x.dtype()), batch, 2, 4);
                Tensor expected = function.apply(data);
                Tensor actual = model.apply(data);
                assertThat(actual.shape()).as(name).isEqualTo(expected.shape());
                assertThat(actual.toHost().toDoubleArray())
                        .as(name)
                        .containsExactly(expected.toHost().toDoubleArray());
            }
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
}
