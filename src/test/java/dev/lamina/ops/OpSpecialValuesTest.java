package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** NaN, infinities, very small, very large and out-of-range numbers, which random draws don't meet. */
class OpSpecialValuesTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static double[] of(Op op, DType dtype, double[]... inputs) {
        Tensor[] tensors = new Tensor[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            tensors[i] = Ops.tensor(HostArray.of(inputs[i]).cast(dtype));
        }
        return Ops.apply(op, tensors).toDoubleArray();
    }

    private static double[] values(double... values) {
        return values;
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void nothingOverflowsThatHasAFiniteValue(DType dtype) {
        double[] far = {-1000, 1000};
        assertThat(of(UnaryOp.SIGMOID, dtype, far)).containsExactly(0, 1);
        assertThat(of(UnaryOp.SOFTPLUS, dtype, far)).containsExactly(0, 1000);
        assertThat(of(UnaryOp.TANH, dtype, far)).containsExactly(-1, 1);
        assertThat(of(UnaryOp.ERF, dtype, far)).containsExactly(-1, 1);
        assertThat(of(UnaryOp.GELU, dtype, far)[1]).isEqualTo(1000);
        assertThat(of(UnaryOp.GELU, dtype, far)[0]).isZero();
        assertThat(of(UnaryOp.SILU, dtype, far)[0]).isZero();
        assertThat(of(new SoftmaxOp.Softmax(), dtype, far)).containsExactly(0, 1);
        assertThat(of(new SoftmaxOp.LogSoftmax(), dtype, far)).containsExactly(-2000, 0);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void smallNumbersKeepTheirDigits(DType dtype) {
        double tiny = 0x1p-40;
        assertThat(of(UnaryOp.EXPM1, dtype, values(tiny))[0] / tiny)
                .isEqualTo(1, org.assertj.core.data.Offset.offset(1e-7));
        assertThat(of(UnaryOp.LOG1P, dtype, values(tiny))[0] / tiny)
                .isEqualTo(1, org.assertj.core.data.Offset.offset(1e-7));
        assertThat(of(UnaryOp.TANH, dtype, values(tiny))[0]).isEqualTo(tiny);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16", "FLOAT16"})
    void nanIsNeverHidden(DType dtype) {
        double[] a = {NAN, 1, NAN};
        double[] b = {1, NAN, NAN};
        assertThat(of(BinaryOp.MAXIMUM, dtype, a, b)).containsOnly(NAN);
        assertThat(of(BinaryOp.MINIMUM, dtype, a, b)).containsOnly(NAN);
        for (ReductionOp.Kind kind : ReductionOp.Kind.values()) {
            assertThat(of(ReductionOp.Reduce.of(kind, false), dtype, values(1, NAN, 3)))
                    .as("%s", kind)
                    .containsExactly(NAN);
        }
        assertThat(of(new ReductionOp.ArgReduce(true, 0), dtype, values(1, NAN, 3, NAN)))
                .containsExactly(1);
        assertThat(of(new ReductionOp.ArgReduce(false, 0), dtype, values(1, NAN, 3, NAN)))
                .containsExactly(1);
        assertThat(of(UnaryOp.RELU, dtype, values(NAN))).containsExactly(NAN);
        assertThat(of(UnaryOp.SIGN, dtype, values(NAN))).containsExactly(NAN);
    }

    @Test
    void thePoolOfAWindowWithNanIsNan() {
        Window window = Window.of(2, 2).strides(2);
        Tensor x = Ops.tensor(new float[] {1, Float.NaN, 2, 3}, 1, 2, 2, 1);
        assertThat(NN.maxPool(x, window).toFloatArray()).containsExactly(Float.NaN);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16", "FLOAT16"})
    void infinitiesGoWhereTheyShould(DType dtype) {
        assertThat(of(UnaryOp.EXP, dtype, values(-INF, INF))).containsExactly(0, INF);
        assertThat(of(UnaryOp.LOG, dtype, values(0, INF))).containsExactly(-INF, INF);
        assertThat(of(UnaryOp.RECIPROCAL, dtype, values(INF, 0))).containsExactly(0, INF);
        assertThat(of(UnaryOp.RELU, dtype, values(-INF, INF))).containsExactly(0, INF);
        assertThat(of(UnaryOp.TANH, dtype, values(-INF, INF))).containsExactly(-1, 1);
        assertThat(of(ReductionOp.Reduce.of(ReductionOp.Kind.MAX, false), dtype, values(-INF, -INF)))
                .containsExactly(-INF);
        assertThat(of(new SoftmaxOp.Softmax(), dtype, values(-INF, 0))).containsExactly(0, 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16", "FLOAT16"})
    void roundsHalvesToEven(DType dtype) {
        assertThat(of(UnaryOp.ROUND, dtype, values(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)))
                .containsExactly(-2, -2, -0.0, 0, 2, 2);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "INT32", "INT64"})
    void dividesDownwards(DType dtype) {
        double[] a = {7, -7, 7, -7};
        double[] b = {2, 2, -2, -2};
        assertThat(of(BinaryOp.FLOOR_DIVIDE, dtype, a, b)).containsExactly(3, -4, -4, 3);
        assertThat(of(BinaryOp.MOD, dtype, a, b)).containsExactly(1, 1, -1, -1);
    }

    @Test
    void largeWholeNumbersStayExact() {
        long large = (1L << 53) + 1;
        Tensor x = Ops.tensor(HostArray.of(new long[] {large, -large}));
        Tensor one = Ops.tensor(HostArray.of(new long[] {1, 1}));
        assertThat(Ops.add(x, one).toHost().toLongArray()).containsExactly(large + 1, -large + 1);
        assertThat(Ops.multiply(x, one).toHost().toLongArray()).containsExactly(large, -large);
        assertThat(Ops.max(x).toHost().getLong(0)).isEqualTo(large);
        assertThat(Ops.sum(x).toHost().getLong(0)).isZero();
        assertThat(Ops.concat(List.of(x, x), 0).toHost().toLongArray()).containsExactly(large, -large, large, -large);
        assertThat(Ops.apply(new IndexOp.Gather(), x, Ops.tensor(new int[] {1}))
                        .toHost()
                        .getLong(0))
                .isEqualTo(-large);
        assertThat(Ops.equal(x, Ops.subtract(x, one)).toDoubleArray()).containsOnly(0);
    }

    @Test
    void aLabelOutsideOfTheClassesGivesNan() {
        Tensor logits = Ops.tensor(new float[][] {{1, 2, 3}, {1, 2, 3}, {1, 2, 3}});
        Tensor loss = NN.sparseCrossEntropy(logits, Ops.tensor(new int[] {-1, 3, 2}));
        assertThat(loss.toFloatArray()[0]).isNaN();
        assertThat(loss.toFloatArray()[1]).isNaN();
        assertThat(loss.toDoubleArray()[2]).isEqualTo(0.40760596, org.assertj.core.data.Offset.offset(1e-6));
    }

    @Test
    void bfloat16RoundsToNearestEven() {
        Tensor x = Ops.tensor(new float[] {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 1 + 0x1p-8f + 0x1p-20f, Float.MAX_VALUE});
        assertThat(Ops.cast(x, DType.BFLOAT16).toFloatArray())
                .containsExactly(1, 1 + 0x1p-6f, 1 + 0x1p-7f, Float.POSITIVE_INFINITY);
        assertThat(Ops.cast(Ops.tensor(new float[] {65519, 65520}), DType.FLOAT16)
                        .toFloatArray())
                .containsExactly(65504, Float.POSITIVE_INFINITY);
    }
}
