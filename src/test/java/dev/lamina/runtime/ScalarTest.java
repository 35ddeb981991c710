package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Java's numbers beside integer tensors: nothing is cut silently. */
final class ScalarTest {
    private final Scope scope = Scope.open();
    private final Tensor whole = Ops.tensor(new int[] {1, 2, 3});

    @AfterEach
    void close() {
        scope.close();
    }

    private static void refuses(String op, String value, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(DTypeException.class)
                .hasMessage("[" + op + "] expected a whole number that int32 holds, since a tensor's type is never "
                        + "promoted; received " + value + " beside int32 (3,). Cast the tensor with Ops.cast.");
    }

    @Test
    void aFractionBesideWholeNumbersIsRefusedByEveryOp() {
        refuses("add", "0.5", () -> Ops.add(whole, 0.5));
        refuses("subtract", "0.5", () -> Ops.subtract(whole, 0.5));
        refuses("subtract", "1.5", () -> Ops.subtract(1.5, whole));
        refuses("multiply", "0.5", () -> Ops.multiply(whole, 0.5));
        refuses("divide", "0.5", () -> Ops.divide(whole, 0.5));
        refuses("divide", "0.5", () -> Ops.divide(0.5, whole));
        refuses("maximum", "0.5", () -> Ops.maximum(whole, 0.5));
        refuses("minimum", "0.5", () -> Ops.minimum(whole, 0.5));
        refuses("clip", "1.5", () -> Ops.clip(whole, 1.5, 2));
        refuses("clip", "2.5", () -> Ops.clip(whole, 1, 2.5));
    }

    @Test
    void soAreNumbersThatTheTypeLacks() {
        refuses("add", "NaN", () -> Ops.add(whole, Double.NaN));
        refuses("maximum", "-Infinity", () -> Ops.maximum(whole, Double.NEGATIVE_INFINITY));
        refuses("multiply", "2147483648", () -> Ops.multiply(whole, 0x1p31));
    }

    @ParameterizedTest
    @CsvSource({
        "INT32, -2147483648, -2147483649",
        "INT32, 2147483647, 2147483648",
        "INT64, -9223372036854775808, -9223372036854777856",
        "INT64, 9223372036854774784, 9223372036854775808",
        "UINT8, 0, -1",
        "UINT8, 255, 256"
    })
    void aTypeTakesWhatItHolds(DType type, double inside, double outside) {
        assertThat(Ops.constant(inside, type).toHost().getLong(0)).isEqualTo((long) inside);
        assertThatThrownBy(() -> Ops.constant(outside, type)).isInstanceOf(DTypeException.class);
    }

    @Test
    void besideTruthValuesAreOnlyZeroAndOne() {
        Tensor truth = Ops.greater(whole, 2);
        assertThat(Ops.equal(truth, 1).toHost().toDoubleArray()).containsExactly(0, 0, 1);
        assertThat(Ops.notEqual(truth, 0).toHost().toDoubleArray()).containsExactly(0, 0, 1);
        assertThatThrownBy(() -> Ops.equal(truth, 5))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[equal] expected a whole number that bool holds, since a tensor's type is never promoted; "
                        + "received 5 beside bool (3,). Cast the tensor with Ops.cast.");
        assertThatThrownBy(() -> Ops.full(Shape.of(2), 0.5, DType.BOOL))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[full] expected a whole number that bool holds; received 0.5.");
    }

    @Test
    void aTensorOfAFractionIsRefused() {
        assertThatThrownBy(() -> Ops.full(Shape.of(2), 0.5, DType.UINT8))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[full] expected a whole number that uint8 holds; received 0.5.");
    }

    @Test
    void wholeNumbersAndFloatsAreComputedWith() {
        assertThat(Ops.multiply(whole, 2).toHost().toDoubleArray()).containsExactly(2, 4, 6);
        assertThat(Ops.subtract(1, whole).toHost().toDoubleArray()).containsExactly(0, -1, -2);
        Tensor floats = Ops.cast(whole, DType.FLOAT32);
        assertThat(Ops.multiply(floats, 0.5).toHost().toDoubleArray()).containsExactly(0.5, 1, 1.5);
        assertThat(Ops.maximum(floats, Double.POSITIVE_INFINITY).toHost().getDouble(0))
                .isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void thresholdsOfActivationsAreNotCutEither() {
        Tensor bytes = Ops.tensor(HostArray.of(new byte[] {0, 1, 2}));
        assertThatThrownBy(() -> NN.hardShrink(bytes, 1.5))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[greater] expected a whole number that uint8 holds, since a tensor's type is never "
                        + "promoted; received 1.5 beside uint8 (3,). Cast the tensor with Ops.cast.");
    }
}
