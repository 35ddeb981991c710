package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.LaminaException;
import dev.lamina.errors.ShapeException;
import dev.lamina.layers.Input;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ops that split, join, repeat and extend tensors along axes. */
final class AlongAxisTest {
    private final Scope scope = Scope.open();
    private final Tensor matrix = Ops.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

    @AfterEach
    void close() {
        scope.close();
    }

    private static void assertTensor(Tensor actual, Shape shape, double... expected) {
        assertThat(actual.shape()).isEqualTo(shape);
        assertThat(actual.toHost().toDoubleArray()).containsExactly(expected);
    }

    private static void refuses(Class<? extends LaminaException> type, String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(type).hasMessage(message);
    }

    @Test
    void squeezeDropsAxesOfOne() {
        Tensor x = Ops.reshape(matrix, 1, 2, 1, 3, 1);
        assertThat(Ops.squeeze(x).shape()).isEqualTo(Shape.of(2, 3));
        assertThat(Ops.squeeze(x, 0).shape()).isEqualTo(Shape.of(2, 1, 3, 1));
        assertThat(Ops.squeeze(x, -1, 2).shape()).isEqualTo(Shape.of(1, 2, 3));
        assertThat(Ops.squeeze(matrix)).isSameAs(matrix);
        assertThat(Ops.squeeze(Ops.ones(1, 1)).shape()).isEqualTo(Shape.scalar());
    }

    @Test
    void squeezeRefusesOtherAxes() {
        refuses(
                ShapeException.class,
                "[squeeze] expected axes of size 1, each once; received [1] of float32 (2, 3).",
                () -> Ops.squeeze(matrix, 1));
        refuses(
                ShapeException.class,
                "[squeeze] expected axes of size 1, each once; received [0, -1] of float32 (1,).",
                () -> Ops.squeeze(Ops.ones(1), 0, -1));
    }

    @Test
    void stackMakesAnAxis() {
        Tensor other = Ops.negate(matrix);
        assertTensor(Ops.stack(List.of(matrix, other), 0), Shape.of(2, 2, 3), 1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6);
        assertTensor(
                Ops.stack(List.of(matrix, other), -1), Shape.of(2, 3, 2), 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6);
    }

    @Test
    void anAxisThatTheResultLacks() {
        refuses(
                ShapeException.class,
                "[stack] expected an axis of the result, from -3 to 2; received axis 5 for float32 (2, 3).",
                () -> Ops.stack(List.of(matrix, matrix), 5));
        refuses(
                ShapeException.class,
                "[expandDims] expected an axis of the result, from -3 to 2; received axis -4 for float32 (2, 3).",
                () -> Ops.expandDims(matrix, -4));
    }

    @Test
    void unstackTakesItApart() {
        List<Tensor> columns = Ops.unstack(matrix, 1);
        assertThat(columns).hasSize(3);
        assertTensor(columns.get(1), Shape.of(2), 2, 5);
        assertTensor(Ops.stack(columns, 1), Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        assertThat(Ops.unstack(Ops.ones(2, 0), 1)).isEmpty();
    }

    @Test
    void splitGivesEqualParts() {
        List<Tensor> parts = Ops.split(matrix, 3, -1);
        assertThat(parts).hasSize(3);
        assertTensor(parts.get(2), Shape.of(2, 1), 3, 6);
        refuses(
                ShapeException.class,
                "[split] expected a number of parts that divides the size along axis 1; received 2 for float32 (2, 3).",
                () -> Ops.split(matrix, 2, 1));
    }

    @Test
    void splitAtPlacesLikeNumPy() {
        List<Tensor> parts = Ops.split(matrix, new int[] {1, 1}, 1);
        assertTensor(parts.get(0), Shape.of(2, 1), 1, 4);
        assertTensor(parts.get(1), Shape.of(2, 0));
        assertTensor(parts.get(2), Shape.of(2, 2), 2, 3, 5, 6);
        refuses(
                ShapeException.class,
                "[split] expected rising places from 0 to 3 along axis 1 of float32 (2, 3); received [2, 1].",
                () -> Ops.split(matrix, new int[] {2, 1}, 1));
        refuses(
                ShapeException.class,
                "[split] expected rising places from 0 to 3 along axis 1 of float32 (2, 3); received [4].",
                () -> Ops.split(matrix, new int[] {4}, 1));
        refuses(
                ShapeException.class,
                "[split] expected rising places from 0 along axis 0 of float32 (None, 3); received [-1].",
                () -> Ops.split(Input.of(Shape.of(3)), new int[] {-1}, 0));
    }

    @Test
    void tileRepeatsTheLastAxes() {
        assertTensor(Ops.tile(matrix, 2), Shape.of(2, 6), 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
        assertTensor(Ops.tile(Ops.tensor(new float[] {1, 2}), 2, 1), Shape.of(2, 2), 1, 2, 1, 2);
        refuses(
                ShapeException.class,
                "[tile] expected numbers of 1 or more; received [0] for float32 (2, 3).",
                () -> Ops.tile(matrix, 0));
    }

    @Test
    void padPutsAValueAround() {
        assertTensor(
                Ops.pad(matrix, new int[][] {{0, 1}, {1, 0}}, 9), Shape.of(3, 4), 9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9);
        assertTensor(Ops.pad(Ops.ones(1), new int[][] {{1, 2}}), Shape.of(4), 0, 1, 0, 0);
        refuses(
                ShapeException.class,
                "[pad] expected two amounts for each axis of float32 (2, 3); received [[1], [2, 3]].",
                () -> Ops.pad(matrix, new int[][] {{1}, {2, 3}}));
        refuses(
                ShapeException.class,
                "[pad] expected two amounts of at least 0 for each axis of (2, 3); received [1] before and [2] after.",
                () -> Ops.pad(matrix, new int[][] {{1, 2}}));
    }

    @Test
    void whatIsLikeATensorHasItsShapeAndType() {
        Tensor whole = Ops.tensor(new int[] {4, 5});
        assertTensor(Ops.zerosLike(whole), Shape.of(2), 0, 0);
        assertTensor(Ops.onesLike(whole), Shape.of(2), 1, 1);
        assertThat(Ops.onesLike(whole).dtype()).isEqualTo(whole.dtype());
    }

    static List<UnaryOperator<Tensor>> whatMayLeaveATensorAsItIs() {
        return List.of(x -> Ops.tile(x, 1), Ops::squeeze);
    }

    @ParameterizedTest
    @MethodSource("whatMayLeaveATensorAsItIs")
    void aResultIsNotTheVariable(UnaryOperator<Tensor> function) {
        Variable v = Variables.create("v", HostArray.of(new float[] {3, 4}), true);
        Tensor same = function.apply(v);
        v.assign(HostArray.of(new float[] {9, 9}));
        assertTensor(same, Shape.of(2), 3, 4);
    }

    @Test
    void norIsOneOfASingleNumber() {
        Variable scalar = Variables.create("scalar", Ops.constant(3, DType.FLOAT32), true);
        Variable vector = Variables.create("vector", Ops.ones(1), true);
        Tensor product = Ops.prod(scalar);
        Tensor sums = Ops.cumsum(vector, 0);
        scalar.assign(Ops.constant(9, DType.FLOAT32));
        vector.assign(Ops.zeros(1));
        assertTensor(product, Shape.scalar(), 3);
        assertTensor(sums, Shape.of(1), 1);
    }

    @Test
    void ofAWeightUnderAMixedPolicyTheyAreOfTheComputeType() {
        HostArray values = HostArray.of(new float[] {3, 4});
        for (UnaryOperator<Tensor> function :
                List.<UnaryOperator<Tensor>>of(Ops::zerosLike, Ops::onesLike, x -> Ops.tile(x, 1), Ops::squeeze)) {
            assertThat(WeightLayer.call("mixed_bfloat16", values, function).dtype())
                    .isEqualTo(DType.BFLOAT16);
        }
    }
}
