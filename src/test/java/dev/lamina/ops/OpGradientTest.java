package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.GradientException;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The gradient rule of every case against central differences along a random direction {@code v}, in float64: for
 * {@code f(x) = sum(op(x) * w)} over all outputs with random {@code w}, {@code (f(x + hv) - f(x - hv)) / 2h} is
 * {@code <df/dx, v>} but for {@code O(h^2)}. The same once more for the gradients themselves gives the second
 * derivatives.
 */
class OpGradientTest {
    private static final double STEP = 1e-6;
    private static final double TOLERANCE = 1e-6;

    /** Larger cases test loops, not rules. */
    private static final long LARGEST = 3000;

    /** Ops whose gradient is an op of its own that has no rule. */
    private static final Set<Class<? extends Op>> WITHOUT_SECOND = Set.of(
            SoftmaxOp.SparseCrossEntropy.class,
            SoftmaxOp.CrossEntropy.class,
            NormalizationOp.BatchNorm.class,
            NormalizationOp.LayerNorm.class,
            PoolingOp.MaxPool.class);

    private static Stream<OpCase> differentiable() {
        return OpCatalogue.CASES.stream()
                .filter(one -> one.dtypes().contains(DType.FLOAT64)
                        && !one.differentiable().isEmpty())
                .filter(one -> one.elements() <= LARGEST);
    }

    @TestFactory
    Stream<DynamicTest> gradientsAgreeWithDifferences() {
        return differentiable().map(one -> DynamicTest.dynamicTest(one.toString(), () -> checkFirst(one)));
    }

    @TestFactory
    Stream<DynamicTest> secondDerivativesAgreeWithDifferences() {
        return differentiable()
                .filter(one -> one.elements() <= 500)
                .filter(one -> !WITHOUT_SECOND.contains(one.op().getClass()))
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> checkSecond(one)));
    }

    /** One case of an op, with the fixed weights of its outputs. */
    private static final class Probe {
        private final OpCase one;
        private final long seed;
        private final List<HostArray> inputs;
        private final SplittableRandom random;
        private final List<HostArray> weights = new ArrayList<>();

        Probe(OpCase one) {
            this.one = one;
            seed = one.toString().hashCode();
            inputs = one.draw(DType.FLOAT64, seed);
            random = new SplittableRandom(seed + 1);
            one.op().infer(one.specs(DType.FLOAT64)).forEach(output -> weights.add(direction(output.shape())));
        }

        HostArray direction(Shape shape) {
            return HostArray.zeros(shape, DType.FLOAT64).fill(i -> random.nextGaussian());
        }

        Tensor value(List<Tensor> x) {
            List<Tensor> outputs = Ops.applyAll(one.op(), x.toArray(Tensor[]::new));
            Tensor sum = Ops.constant(0, DType.FLOAT64);
            for (int i = 0; i < outputs.size(); i++) {
                sum = Ops.add(sum, Ops.sum(Ops.multiply(outputs.get(i), Ops.tensor(weights.get(i)))));
            }
            return sum;
        }

        List<Tensor> upload(int moved, HostArray along, double by) {
            List<Tensor> x = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                HostArray values = inputs.get(i);
                x.add(Ops.tensor(
                        i == moved
                                ? HostArray.zeros(values.shape(), DType.FLOAT64)
                                        .fill(at -> values.getDouble(at) + by * along.getDouble(at))
                                : values));
            }
            return x;
        }
    }

    private static void checkFirst(OpCase one) {
        Probe probe = new Probe(one);
        for (int input : one.differentiable()) {
            HostArray v = probe.direction(one.inputs().get(input).shape());
            HostArray gradient;
            double size;
            double difference;
            try (Scope scope = Scope.open()) {
                gradient = gradient(probe, probe.upload(-1, v, 0), input);
                double ahead = probe.value(probe.upload(input, v, STEP)).item();
                double behind = probe.value(probe.upload(input, v, -STEP)).item();
                difference = (ahead - behind) / (2 * STEP);
                size = Math.abs(ahead);
            }
            assertThat(gradient.shape()).isEqualTo(v.shape());
            compare(probe, input, difference, gradient, v, size);
        }
    }

    private static HostArray gradient(Probe probe, List<Tensor> x, int input) {
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x.get(input));
            return tape.gradient(probe.value(x), List.of(x.get(input))).get(0).toHost();
        }
    }

    /** {@code <v, d/dx_j <u, df/dx_i>>} for all pairs of differentiable inputs i and j. */
    private static void checkSecond(OpCase one) {
        Probe probe = new Probe(one);
        for (int first : one.differentiable()) {
            HostArray u = probe.direction(one.inputs().get(first).shape());
            for (int second : one.differentiable()) {
                HostArray v = probe.direction(one.inputs().get(second).shape());
                try (Scope scope = Scope.open()) {
                    HostArray gradient = second(probe, first, second, u);
                    double ahead = slope(probe, probe.upload(second, v, STEP), first, u)
                            .item();
                    double behind = slope(probe, probe.upload(second, v, -STEP), first, u)
                            .item();
                    compare(probe, second, (ahead - behind) / (2 * STEP), gradient, v, Math.abs(ahead));
                }
            }
        }
    }

    private static HostArray second(Probe probe, int first, int second, HostArray u) {
        List<Tensor> x = probe.upload(-1, u, 0);
        try (GradientTape outer = GradientTape.open()) {
            outer.watch(x.get(second));
            Tensor slope = slope(probe, x, first, u);
            return outer.gradient(slope, List.of(x.get(second))).get(0).toHost();
        }
    }

    private static Tensor slope(Probe probe, List<Tensor> x, int input, HostArray u) {
        try (GradientTape inner = GradientTape.open()) {
            inner.watch(x.get(input));
            Tensor gradient =
                    inner.gradient(probe.value(x), List.of(x.get(input))).get(0);
            return Ops.sum(Ops.multiply(gradient, Ops.tensor(u)));
        }
    }

    /** @param size of the value that was differenced, whose own rounding is divided by the step */
    private static void compare(
            Probe probe, int input, double difference, HostArray gradient, HostArray v, double size) {
        double product = 0;
        double square = 0;
        for (long i = 0; i < gradient.elements(); i++) {
            product += gradient.getDouble(i) * v.getDouble(i);
            square += gradient.getDouble(i) * gradient.getDouble(i);
        }
        // The value is a sum of terms that may cancel: its rounding is that of about 100 of them.
        double noise = 100 * (1 + size) * 0x1p-53 / STEP;
        assertThat(product)
                .as(
                        "%s, seed %d: the gradient of input %d along v; difference %s",
                        probe.one, probe.seed, input, difference)
                .isCloseTo(difference, within(TOLERANCE * Math.max(Math.abs(product), Math.sqrt(square)) + noise));
    }

    private static org.assertj.core.data.Offset<Double> within(double bound) {
        return org.assertj.core.data.Offset.offset(bound);
    }

    @TestFactory
    Stream<DynamicTest> missingSecondDerivativesSaySo() {
        List<String> backward = List.of(
                "sparse_softmax_cross_entropy_backward",
                "softmax_cross_entropy_backward",
                "batch_norm_backward",
                "max_pool_backward");
        return backward.stream()
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    OpCase one = differentiable()
                            .filter(some -> (some.op().opName() + "_backward").equals(name))
                            .findFirst()
                            .orElseThrow();
                    assertThat(WITHOUT_SECOND).contains(one.op().getClass());
                    Probe probe = new Probe(one);
                    HostArray u = probe.direction(one.inputs().get(0).shape());
                    try (Scope scope = Scope.open()) {
                        assertThatThrownBy(() -> second(probe, 0, 0, u))
                                .isInstanceOf(GradientException.class)
                                .hasMessage("[" + name + "] expected an op with a gradient; " + name
                                        + " has none (it may be the gradient of another op, whose second "
                                        + "derivative is not"
                                        + " available). Stop the gradient before it with Ops.stopGradient.");
                    }
                }));
    }

    @Test
    void everyOpWithARuleIsDifferentiatedInTheCatalogue() {
        Set<Class<?>> checked = Stream.concat(
                        differentiable().map(one -> one.op().getClass()), WITHOUT_SECOND.stream())
                .collect(java.util.stream.Collectors.toSet());
        List<Class<?>> withoutGradient = List.of(
                ReductionOp.ArgReduce.class,
                IndexOp.OneHot.class,
                SoftmaxOp.SparseCrossEntropyBackward.class,
                SoftmaxOp.CrossEntropyBackward.class,
                NormalizationOp.BatchNormBackward.class,
                NormalizationOp.LayerNormBackward.class,
                PoolingOp.MaxPoolBackward.class,
                RandomOp.Uniform.class,
                RandomOp.Normal.class,
                SourceOp.Fill.class,
                SourceOp.Range.class,
                FusedOp.Linear.class,
                FusedOp.LinearBackward.class,
                FusedOp.GatedProduct.class,
                FusedOp.Convolution.class,
                PooledConvolution.class,
                PooledConvolutionBackward.class,
                ResidualNorm.class,
                ResidualNorm.Backward.class,
                FusedOp.Casts.class,
                FusedOp.Elementwise.class,
                FusedOp.Sequence.class,
                OptimizerOp.Sgd.class,
                OptimizerOp.Adam.class,
                OptimizerOp.RmsProp.class,
                OptimizerOp.Guarded.class);
        assertThat(OpCatalogue.CASES.stream()
                        .<Class<?>>map(one -> one.op().getClass())
                        .distinct())
                .filteredOn(type -> !checked.contains(type))
                .containsExactlyInAnyOrderElementsOf(withoutGradient);
    }

    @Test
    void equalExtremesShareTheGradient() {
        Tensor x = Ops.tensor(new float[] {3, 1, 3, 2});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            assertThat(tape.gradient(Ops.max(x), List.of(x)).get(0).toFloatArray())
                    .containsExactly(0.5f, 0, 0.5f, 0);
        }
    }

    @Test
    void atATieTheFirstOfTwoGetsTheGradient() {
        Tensor a = Ops.tensor(new float[] {2, 5});
        Tensor b = Ops.tensor(new float[] {2, 7});
        for (BinaryOp op : List.of(BinaryOp.MAXIMUM, BinaryOp.MINIMUM)) {
            try (GradientTape tape = GradientTape.open()) {
                tape.watch(a);
                tape.watch(b);
                List<Tensor> gradients = tape.gradient(Ops.apply(op, a, b), List.of(a, b));
                boolean maximum = op == BinaryOp.MAXIMUM;
                assertThat(gradients.get(0).toFloatArray()).containsExactly(1, maximum ? 0 : 1);
                assertThat(gradients.get(1).toFloatArray()).containsExactly(0, maximum ? 1 : 0);
            }
        }
    }

    @Test
    void castGivesTheGradientBackInItsInputsType() {
        Tensor x = Ops.tensor(new float[] {1.5f, -2});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor y = Ops.square(Ops.cast(x, DType.FLOAT64));
            Tensor dx = tape.gradient(y, List.of(x)).get(0);
            assertThat(dx.dtype()).isEqualTo(DType.FLOAT32);
            assertThat(dx.toFloatArray()).containsExactly(3, -4);
        }
    }
}
