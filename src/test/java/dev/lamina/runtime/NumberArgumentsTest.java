package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ops of a tensor and a Java number give what they give of two tensors. */
final class NumberArgumentsTest {
    private final Scope scope = Scope.open();
    private final Tensor x = Ops.tensor(new float[] {-2, 0, 1.5f, 3});
    private final Tensor whole = Ops.tensor(new int[] {-7, 0, 7});

    @AfterEach
    void close() {
        scope.close();
    }

    private static void assertValues(Tensor actual, double... expected) {
        assertThat(actual.toHost().toDoubleArray()).containsExactly(expected);
    }

    @Test
    void comparisonsGiveTruthValues() {
        assertThat(Ops.greater(x, 0).dtype()).isEqualTo(DType.BOOL);
        assertValues(Ops.greater(x, 0), 0, 0, 1, 1);
        assertValues(Ops.greaterEqual(x, 0), 0, 1, 1, 1);
        assertValues(Ops.less(x, 1.5), 1, 1, 0, 0);
        assertValues(Ops.lessEqual(x, 1.5), 1, 1, 1, 0);
        assertValues(Ops.equal(x, 3), 0, 0, 0, 1);
        assertValues(Ops.notEqual(x, 3), 1, 1, 1, 0);
        assertValues(Ops.less(whole, 7), 1, 1, 0);
    }

    @Test
    void aChoiceTakesANumberOnEitherSide() {
        assertValues(Ops.where(Ops.less(x, 0), 0, x), 0, 0, 1.5, 3);
        assertValues(Ops.where(Ops.less(x, 0), x, 9), -2, 9, 9, 9);
    }

    @Test
    void powersTakeANumberAsBaseOrExponent() {
        assertValues(Ops.power(x, 3), -8, 0, 3.375, 27);
        assertValues(Ops.power(2, Ops.tensor(new float[] {-1, 0, 3})), 0.5, 1, 8);
    }

    /** Of 0 to the power of 0, too, as in Keras. */
    @Test
    void anExponentOfZeroHasNoGradient() {
        assertValues(Ops.power(x, 0), 1, 1, 1, 1);
        assertValues(Ops.power(whole, 0), 1, 1, 1);
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor sum = Ops.add(Ops.sum(x), Ops.sum(Ops.power(x, 0)));
            assertValues(tape.gradient(sum, List.of(x)).get(0), 1, 1, 1, 1);
        }
    }

    @Test
    void truthValuesHaveNoPowers() {
        assertThatThrownBy(() -> Ops.power(Ops.greater(x, 0), 0))
                .isInstanceOf(DTypeException.class)
                .hasMessageStartingWith("[power] expected a floating-point tensor; received bool (4,).");
    }

    @Test
    void aSquareIsNotForFloatsOnly() {
        assertValues(Ops.power(whole, 2), 49, 0, 49);
        assertThat(Ops.power(whole, 2).dtype()).isEqualTo(DType.INT32);
        assertThatThrownBy(() -> Ops.power(whole, 3))
                .isInstanceOf(DTypeException.class)
                .hasMessageStartingWith("[power] expected a floating-point tensor; received int32 (3,).");
    }

    @Test
    void quotientsAndRemaindersHaveTheDivisorsSign() {
        assertValues(Ops.floorDivide(whole, 2), -4, 0, 3);
        assertValues(Ops.mod(whole, 4), 1, 0, 3);
        assertValues(Ops.mod(Ops.tensor(new float[] {1.5f, 3}), -2), -0.5, -1);
    }

    @Test
    void whatIsNoNumberIsFound() {
        Tensor odd = Ops.tensor(new float[] {1, Float.NaN, Float.NEGATIVE_INFINITY});
        assertValues(Ops.isNan(odd), 0, 1, 0);
        assertValues(Ops.isFinite(odd), 1, 0, 0);
    }

    @Test
    void aFractionBesideWholeNumbersIsRefused() {
        assertThatThrownBy(() -> Ops.less(whole, 0.5))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[less] expected a whole number that int32 holds, since a tensor's type is never promoted; "
                        + "received 0.5 beside int32 (3,). Cast the tensor with Ops.cast.");
    }
}
