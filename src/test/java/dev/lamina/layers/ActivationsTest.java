package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each activation against its formula in Keras's documentation, written as plain Java. */
final class ActivationsTest {
    /** Those that look at a row of elements. */
    private static final List<String> OF_ROWS = List.of("glu", "log_softmax", "softmax", "sparsemax");

    private static final Map<String, DoubleUnaryOperator> FORMULAS = new TreeMap<>(Map.ofEntries(
            Map.entry("celu", x -> Math.max(0, x) + Math.min(0, Math.expm1(x))),
            Map.entry("elu", x -> x > 0 ? x : Math.expm1(x)),
            Map.entry("exponential", Math::exp),
            Map.entry("gelu", x -> x * normal(x)),
            Map.entry("hard_shrink", x -> Math.abs(x) > 0.5 ? x : 0),
            Map.entry("hard_sigmoid", x -> x <= -3 ? 0 : x >= 3 ? 1 : x / 6 + 0.5),
            Map.entry("hard_silu", x -> x <= -3 ? 0 : x >= 3 ? x : x * (x / 6 + 0.5)),
            Map.entry("hard_swish", x -> x <= -3 ? 0 : x >= 3 ? x : x * (x / 6 + 0.5)),
            Map.entry("hard_tanh", x -> x < -1 ? -1 : x > 1 ? 1 : x),
            Map.entry("leaky_relu", x -> x >= 0 ? x : 0.2 * x),
            Map.entry("linear", x -> x),
            Map.entry("log_sigmoid", x -> -Math.log1p(Math.exp(-x))),
            Map.entry("mish", x -> x * Math.tanh(Math.log1p(Math.exp(x)))),
            Map.entry("relu", x -> Math.max(x, 0)),
            Map.entry("relu6", x -> Math.min(Math.max(x, 0), 6)),
            Map.entry("selu", x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
            Map.entry("sigmoid", x -> 1 / (1 + Math.exp(-x))),
            Map.entry("silu", x -> x / (1 + Math.exp(-x))),
            Map.entry("swish", x -> x / (1 + Math.exp(-x))),
            Map.entry("soft_shrink", x -> x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0),
            Map.entry("softplus", x -> Math.log1p(Math.exp(x))),
            Map.entry("softsign", x -> x / (1 + Math.abs(x))),
            Map.entry("sparse_plus", x -> x <= -1 ? 0 : x >= 1 ? x : (x + 1) * (x + 1) / 4),
            Map.entry("sparse_sigmoid", x -> x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2),
            Map.entry("squareplus", x -> (x + Math.sqrt(x * x + 4)) / 2),
            Map.entry("tanh", Math::tanh),
            Map.entry("tanh_shrink", x -> x - Math.tanh(x))));

    /** The normal distribution, by Simpson's rule from 0. */
    private static double normal(double x) {
        int steps = 2000;
        double h = x / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double t = i * h;
            sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-t * t / 2);
        }
        return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
    }

    /** From -8 to 8, every kink among them. */
    private static double[] grid() {
        double[] x = new double[65];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i - 32) / 4.0;
        }
        return x;
    }

    private static void compare(UnaryOperator<Tensor> function, DoubleUnaryOperator formula) {
        double[] x = grid();
        double[] y = function.apply(Ops.tensor(HostArray.of(x))).toHost().toDoubleArray();
        for (int i = 0; i < x.length; i++) {
            assertThat(y[i]).as("at %s", x[i]).isCloseTo(formula.applyAsDouble(x[i]), within(1e-12));
        }
    }

    @TestFactory
    Stream<DynamicTest> functionsOfOneElement() {
        return FORMULAS.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> compare(Activations.of(entry.getKey())::apply, entry.getValue())));
    }

    @Test
    void allOfThemHaveAFormula() {
        TreeSet<String> named = new TreeSet<>(FORMULAS.keySet());
        named.addAll(OF_ROWS);
        assertThat(new ArrayList<>(named)).isEqualTo(Activations.names());
    }

    @Test
    void withOtherArguments() {
        compare(x -> NN.celu(x, 0.5), x -> x > 0 ? x : 0.5 * Math.expm1(x / 0.5));
        compare(x -> NN.elu(x, 0.5), x -> x > 0 ? x : 0.5 * Math.expm1(x));
        compare(x -> NN.leakyRelu(x, 0.5, 2), x -> x > 2 ? x : 0.5 * (x - 2));
        compare(x -> NN.hardShrink(x, 2), x -> Math.abs(x) > 2 ? x : 0);
        compare(x -> NN.softShrink(x, 2), x -> x > 2 ? x - 2 : x < -2 ? x + 2 : 0);
        compare(x -> NN.threshold(x, 2, -7), x -> x > 2 ? x : -7);
        compare(x -> NN.squareplus(x, 1), x -> (x + Math.sqrt(x * x + 1)) / 2);
        compare(NN::geluByTanh, x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    }

    @Test
    void gluHalvesAnyAxis() {
        Tensor x = Ops.tensor(new float[] {1, 2, 0, 0}, 2, 2);
        assertThat(NN.glu(x, 0).toFloatArray()).containsExactly(0.5f, 1);
        assertThat(NN.glu(x, 0).shape()).isEqualTo(Shape.of(1, 2));
        assertThat(NN.glu(Ops.tensor(new float[] {1, 2, 0, 0}), -1).toFloatArray())
                .containsExactly(0.5f, 1);
    }

    @Test
    void softmaxOverAxesIsThatOfTheirElementsTogether() {
        Tensor x = Ops.reshape(Ops.tensor(new float[] {0, 1, 2, 3, 1, 0, 5, 2, 2, 1, 0, 3}), 2, 3, 2);
        Tensor y = NN.softmax(x, 0, 2);
        float[] sums = Ops.sum(y, 0, 2).toFloatArray();
        assertThat(sums).hasSize(3);
        for (float sum : sums) {
            assertThat(sum).isCloseTo(1, within(1e-6f));
        }
        for (float sum : Ops.sum(Ops.exp(NN.logSoftmax(x, 1)), 1).toFloatArray()) {
            assertThat(sum).isCloseTo(1, within(1e-6f));
        }
    }

    @Test
    void sparsemaxIsTheProjectionOntoProbabilities() {
        double[] z = {0.3, 0.3, -2, 1.1, 1.1, 0.2};
        double[] y = NN.sparsemax(Ops.tensor(HostArray.of(z)), -1).toHost().toDoubleArray();
        // By bisection: the tau for which max(z - tau, 0) sums to 1.
        double low = -3;
        double high = 2;
        for (int i = 0; i < 100; i++) {
            double tau = (low + high) / 2;
            double sum = 0;
            for (double value : z) {
                sum += Math.max(value - tau, 0);
            }
            low = sum > 1 ? tau : low;
            high = sum > 1 ? high : tau;
        }
        for (int i = 0; i < z.length; i++) {
            assertThat(y[i]).isCloseTo(Math.max(z[i] - low, 0), within(1e-12));
        }
    }

    @Test
    void axesMustDiffer() {
        assertThatThrownBy(() -> NN.softmax(Ops.ones(2, 3), 1, -1))
                .isInstanceOf(dev.lamina.errors.ShapeException.class)
                .hasMessage("[rows] expected one or more axes, each once; received [1, -1].");
    }
}
