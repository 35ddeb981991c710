package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Input;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reductions made of several ops, and running sums. */
final class StatisticsTest {
    private final Scope scope = Scope.open();
    private final Tensor matrix = Ops.tensor(new float[] {1, 2, 6, -4, 0, 1}, 2, 3);

    @AfterEach
    void close() {
        scope.close();
    }

    private static void assertTensor(Tensor actual, Shape shape, double... expected) {
        assertThat(actual.shape()).isEqualTo(shape);
        assertThat(actual.toHost().toDoubleArray()).containsExactly(expected, within(1e-6));
    }

    private static Tensor gradient(Tensor x, UnaryOperator<Tensor> function) {
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            return tape.gradient(Ops.sum(function.apply(x)), List.of(x)).get(0);
        }
    }

    @Test
    void varianceDividesByTheNumberOfElements() {
        assertTensor(Ops.var(matrix, 1), Shape.of(2), 14 / 3.0, 14 / 3.0);
        assertTensor(Ops.var(matrix), Shape.scalar(), 52 / 6.0);
        assertTensor(Ops.std(matrix, 0), Shape.of(3), 2.5, 1, 2.5);
        assertTensor(gradient(matrix, x -> Ops.var(x, 0)), Shape.of(2, 3), 2.5, 1, 2.5, -2.5, -1, -2.5);
    }

    @Test
    void varianceOfHalfPrecisionIsComputedInFloat32() {
        // 300 squared is more than a float16 holds.
        Tensor x = Ops.cast(Ops.tensor(new float[] {-300, 300, -300, 300, 0, 0, 0, 0}), DType.FLOAT16);
        assertThat(Ops.var(x).dtype()).isEqualTo(DType.FLOAT16);
        assertThat(Ops.std(Ops.tensor(new float[] {-300, 300})).item()).isEqualTo(300);
        assertThat(Ops.var(x).item()).isEqualTo(44992, within(32.0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixed_float16", "mixed_bfloat16"})
    void varianceOfAWeightUnderAMixedPolicy(String policy) {
        HostArray values = HostArray.of(new float[] {-300, 300, -300, 300, 0, 0, 0, 0});
        Tensor variance = WeightLayer.call(policy, values, Ops::var);
        assertThat(variance.dtype()).isEqualTo(DTypePolicy.of(policy).compute());
        assertThat(variance.item()).isEqualTo(45000, within(150.0));
        Tensor deviation = WeightLayer.call(policy, values, Ops::std);
        assertThat(deviation.dtype()).isEqualTo(DTypePolicy.of(policy).compute());
        assertThat(deviation.item()).isEqualTo(212, within(1.0));
    }

    @Test
    void productsOfAnySize() {
        assertTensor(Ops.prod(matrix, 1), Shape.of(2), 12, 0);
        assertTensor(Ops.prod(matrix), Shape.scalar(), 0);
        assertTensor(Ops.prod(Ops.tensor(new int[] {2, 3, 5, 7, 11})), Shape.scalar(), 2310);
        assertTensor(Ops.prod(Ops.ones(2, 0), 1), Shape.of(2), 1, 1);
        assertTensor(Ops.prod(Ops.tensor(new float[] {3}, 1, 1), 0), Shape.of(1), 3);
    }

    @Test
    void aZeroDoesNotHideAProductsGradient() {
        assertTensor(gradient(matrix, x -> Ops.prod(x, 1)), Shape.of(2, 3), 12, 6, 2, 0, -4, 0);
    }

    @Test
    void logsumexpDoesNotOverflow() {
        Tensor x = Ops.tensor(new float[] {1000, 1000, -1000, -1000}, 2, 2);
        double log2 = Math.log(2);
        assertThat(Ops.logsumexp(x, 1).toHost().toDoubleArray())
                .containsExactly(new double[] {1000 + log2, -1000 + log2}, within(4e-5));
        assertThat(Ops.logsumexp(Ops.tensor(new float[] {0, 0, 0})).item()).isEqualTo(Math.log(3), within(1e-6));
        float none = Float.NEGATIVE_INFINITY;
        Tensor infinite = Ops.tensor(new float[] {none, none, -none, 1, none, 2}, 3, 2);
        assertTensor(Ops.logsumexp(infinite, 1), Shape.of(3), none, -none, 2);
    }

    @Test
    void logsumexpHasTheSoftmaxAsGradient() {
        Tensor x = Ops.tensor(new float[] {0.5f, -1, 2}, 1, 3);
        double[] softmax = NN.softmax(x).toHost().toDoubleArray();
        assertTensor(gradient(x, row -> Ops.logsumexp(row, -1)), Shape.of(1, 3), softmax);
    }

    @Test
    void anyAndAllTakeTruthValuesAndNumbers() {
        assertTensor(Ops.any(Ops.greater(matrix, 5), 1), Shape.of(2), 1, 0);
        assertTensor(Ops.all(matrix, 1), Shape.of(2), 1, 0);
        assertTensor(Ops.all(Ops.tensor(new int[] {1, -1})), Shape.scalar(), 1);
        assertThat(Ops.any(matrix).dtype()).isEqualTo(DType.BOOL);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 7, 8, 33})
    void runningSumsOfAnySize(int size) {
        double[] numbers = IntStream.range(0, size).mapToDouble(i -> i % 5 - 1).toArray();
        double[] sums = new double[size];
        for (int i = 0; i < size; i++) {
            sums[i] = DoubleStream.of(numbers).limit(i + 1).sum();
        }
        Tensor x = Ops.tensor(HostArray.of(numbers));
        assertTensor(Ops.cumsum(x, 0), Shape.of(size), sums);
    }

    @Test
    void runningSumsAlongOneAxis() {
        assertTensor(Ops.cumsum(matrix, 0), Shape.of(2, 3), 1, 2, 6, -3, 2, 7);
        assertTensor(Ops.cumsum(Ops.cast(matrix, DType.INT32), -1), Shape.of(2, 3), 1, 3, 9, -4, -4, -3);
        assertTensor(gradient(matrix, x -> Ops.cumsum(x, 1)), Shape.of(2, 3), 3, 2, 1, 3, 2, 1);
    }

    /** Keras has the same numbers. */
    @Test
    void nothingAlongAnAxis() {
        double none = Double.NEGATIVE_INFINITY;
        Tensor empty = Ops.ones(2, 0);
        assertTensor(Ops.any(empty, 1), Shape.of(2), 0, 0);
        assertTensor(Ops.all(empty, 1), Shape.of(2), 1, 1);
        assertTensor(Ops.logsumexp(empty, 1), Shape.of(2), none, none);
        assertTensor(Ops.any(Ops.equal(empty, 1)), Shape.scalar(), 0);
        assertTensor(Ops.all(Ops.equal(empty, 1)), Shape.scalar(), 1);
        assertTensor(Ops.logsumexp(empty), Shape.scalar(), none);
        assertTensor(Ops.any(empty, 0), Shape.of(0));
        assertTensor(Ops.logsumexp(empty, 0), Shape.of(0));
        assertTensor(gradient(empty, x -> Ops.logsumexp(x, 1)), Shape.of(2, 0));
    }

    @Test
    void anAxisIsNamedOnce() {
        assertThatThrownBy(() -> Ops.prod(matrix, 1, 1))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[prod] expected axes of float32 (2, 3), each once; received [1, 1].");
        assertThatThrownBy(() -> Ops.logsumexp(matrix, 1, -1))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[logsumexp] expected axes of float32 (2, 3), each once; received [1, -1].");
    }

    @Test
    void truthValuesAreNotMultipliedOrAdded() {
        Tensor truth = Ops.greater(matrix, 0);
        assertThatThrownBy(() -> Ops.prod(truth, 1))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[prod] expected numbers; received bool (2, 3). Convert it with Ops.cast.");
        assertThatThrownBy(() -> Ops.cumsum(truth, 1))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[cumsum] expected numbers; received bool (2, 3). Convert it with Ops.cast.");
    }

    @Test
    void anUnknownSizeIsRefusedWhereItMatters() {
        Tensor open = Input.of(Shape.of(3));
        assertThat(Ops.cumsum(open, 1).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 3));
        assertThatThrownBy(() -> Ops.cumsum(open, 0))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[cumsum] expected a known size along axis 0; received float32 (None, 3).");
    }
}
