package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.backend.Backends;
import dev.lamina.layers.Dense;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.ops.UnaryOp;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In a compiled step a linear layer is one launch, and so are the gradients of its kernel and its bias. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class LinearLaunchesCudaTest {
    private record Sizes(int rows, int inputs, int units) {
        List<TensorSpec> specs() {
            return List.of(spec(rows, inputs), spec(inputs, units), spec(units));
        }

        List<HostArray> values() {
            return List.of(
                    CudaTests.random(1, rows, inputs), CudaTests.random(2, inputs, units), CudaTests.random(3, units));
        }

        CudaGemm forward() {
            return CudaGemm.dense(false, false, rows, units, inputs);
        }

        CudaGemm backward() {
            return CudaGemm.dense(true, false, inputs, units, rows);
        }

        private static TensorSpec spec(int... sizes) {
            return new TensorSpec(Shape.of(sizes), DType.FLOAT32);
        }
    }

    /** {@code y = relu(x kernel + bias)} and the gradients of {@code sum(y y)} with respect to kernel and bias. */
    private static List<Tensor> layer(List<Tensor> arguments) {
        Tensor kernel = arguments.get(1);
        Tensor bias = arguments.get(2);
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(kernel);
            tape.watch(bias);
            Tensor y = Ops.relu(Ops.add(Ops.matmul(arguments.get(0), kernel), bias));
            List<Tensor> gradients = tape.gradient(Ops.sum(Ops.multiply(y, y)), List.of(kernel, bias));
            return List.of(y, gradients.get(0), gradients.get(1));
        }
    }

    private static List<float[]> run(CompiledStep step, Sizes sizes) {
        for (int i = 0; i < sizes.values().size(); i++) {
            step.feed(i, sizes.values().get(i).data());
        }
        step.run();
        List<float[]> outputs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            outputs.add(step.output(i).toFloatArray());
        }
        return outputs;
    }

    private static List<float[]> onCpu(Sizes sizes) {
        Backends.use("cpu");
        try (CompiledStep step = Execution.compile(sizes.specs(), LinearLaunchesCudaTest::layer)) {
            return run(step, sizes);
        } finally {
            Backends.use("cuda");
        }
    }

    /** Sums of float32 in another order: the error follows the largest, since terms cancel in the small ones. */
    private static void expect(List<float[]> actual, List<float[]> expected) {
        for (int output = 0; output < expected.size(); output++) {
            float largest = 1;
            for (float value : expected.get(output)) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int i = 0; i < expected.get(output).length; i++) {
                assertThat(actual.get(output)[i])
                        .as("output %d, element %d", output, i)
                        .isCloseTo(expected.get(output)[i], within(2e-6f * largest));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 17", "4, 1, 207", "6, 13, 18", "13, 207, 64", "207, 6, 20", "1300, 5, 19"})
    void oneForwardAndOneForTheGradients(int rows, int inputs, int units) {
        Sizes sizes = new Sizes(rows, inputs, units);
        List<float[]> expected = onCpu(sizes);
        CudaBackend backend = CudaTests.backend();
        int forward = CudaTests.served(sizes.forward(), DType.FLOAT32, LtEpilogue.RELU_BIAS);
        int backward = CudaTests.served(sizes.backward(), DType.FLOAT32, LtEpilogue.BIAS_GRADIENT);
        try (CompiledStep step = Execution.compile(sizes.specs(), LinearLaunchesCudaTest::layer)) {
            long fused = backend.lt().products();
            long plain = backend.blas().products();
            long narrow = backend.library().launches("narrow_product_f32");
            long sums = backend.library().launches("reduce_sum_columns_f32");
            List<float[]> issued = run(step, sizes);
            assertThat(backend.lt().products() - fused).isEqualTo(forward + backward);
            assertThat(backend.library().launches("narrow_product_f32")).isEqualTo(narrow);
            if (forward + backward == 2) {
                assertThat(backend.blas().products()).isEqualTo(plain);
                assertThat(backend.library().launches("reduce_sum_columns_f32")).isEqualTo(sums);
            }
            expect(issued, expected);

            // The second run captures and launches the graph, the third launches it again.
            for (int i = 0; i < 2; i++) {
                List<float[]> replayed = run(step, sizes);
                for (int output = 0; output < issued.size(); output++) {
                    assertThat(replayed.get(output)).as("output %d", output).isEqualTo(issued.get(output));
                }
            }
        }
    }

    private static CompiledStep gelu(Sizes sizes, DType dtype, UnaryOp activation) {
        List<TensorSpec> specs = sizes.specs().stream()
                .map(spec -> new TensorSpec(spec.shape(), dtype))
                .toList();
        return Execution.compile(
                specs,
                arguments -> List.of(Ops.apply(
                        activation, Ops.add(Ops.matmul(arguments.get(0), arguments.get(1)), arguments.get(2)))));
    }

    private static float[] runGelu(CompiledStep step, Sizes sizes, DType dtype) {
        for (int i = 0; i < 3; i++) {
            step.feed(i, sizes.values().get(i).cast(dtype).data());
        }
        step.run();
        return step.output(0).toFloatArray();
    }

    /** The exact gelu is another function, which no epilogue computes; a narrow layer has a kernel without gelu. */
    @ParameterizedTest
    @CsvSource({
        "GELU_TANH, FLOAT32, 1, 4, 17, 1",
        "GELU_TANH, FLOAT32, 13, 6, 207, 1",
        "GELU_TANH, BFLOAT16, 13, 207, 64, 1",
        "GELU_TANH, FLOAT16, 6, 13, 207, 1",
        "GELU_TANH, FLOAT32, 13, 6, 4, 0",
        "GELU, FLOAT32, 13, 6, 207, 0",
        "GELU, BFLOAT16, 13, 6, 207, 0"
    })
    void aPredictionsGeluByTanhBelongsToTheProduct(
            UnaryOp activation, DType dtype, int rows, int inputs, int units, int products) {
        Sizes sizes = new Sizes(rows, inputs, units);
        float[] expected;
        Backends.use("cpu");
        try (CompiledStep step = gelu(sizes, dtype, activation)) {
            expected = runGelu(step, sizes, dtype);
        } finally {
            Backends.use("cuda");
        }
        try (CompiledStep step = gelu(sizes, dtype, activation)) {
            int expectedProducts = products == 0 ? 0 : CudaTests.served(sizes.forward(), dtype, LtEpilogue.GELU_BIAS);
            long before = CudaTests.backend().lt().products();
            float[] actual = runGelu(step, sizes, dtype);
            assertThat(CudaTests.backend().lt().products() - before).isEqualTo(expectedProducts);
            // Rounded once, or three times one after the other.
            double rounding = dtype == DType.BFLOAT16 ? 0x1p-6 : dtype == DType.FLOAT16 ? 0x1p-9 : 1e-5;
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).as("element %d", i).isCloseTo(expected[i], within((float)
                        (rounding * Math.max(1, Math.abs(expected[i])))));
            }
        }
    }

    /**
     * The loss of precision is the type's: a result of 16 bits is rounded once here and three times op by op. Rows of
     * 207 elements are no multiple of 16 bytes: the gradients are a product and a sum then.
     */
    @ParameterizedTest
    @CsvSource({"BFLOAT16, 208, 0x1p-7", "FLOAT16, 208, 0x1p-10", "BFLOAT16, 207, 0x1p-7", "FLOAT16, 207, 0x1p-10"})
    void halvesHaveOneLaunchEachToo(DType half, int inputs, double rounding) {
        Sizes sizes = new Sizes(13, inputs, 24);
        int forward = CudaTests.served(sizes.forward(), half, LtEpilogue.RELU_BIAS);
        int backward = inputs % 8 == 0 ? CudaTests.served(sizes.backward(), half, LtEpilogue.BIAS_GRADIENT) : 0;
        List<TensorSpec> specs = sizes.specs().stream()
                .map(spec -> new TensorSpec(spec.shape(), half))
                .toList();
        List<HostArray> values =
                sizes.values().stream().map(value -> value.cast(half)).toList();
        try (CompiledStep step = Execution.compile(specs, LinearLaunchesCudaTest::layer)) {
            long fused = CudaTests.backend().lt().products();
            long plain = CudaTests.backend().blas().products();
            for (int i = 0; i < values.size(); i++) {
                step.feed(i, values.get(i).data());
            }
            step.run();
            assertThat(CudaTests.backend().lt().products() - fused).isEqualTo(forward + backward);
            assertThat(CudaTests.backend().blas().products() - plain).isEqualTo(2 - forward - backward);
            double[] y = step.output(0).toDoubleArray();
            for (int i = 0; i < y.length; i++) {
                int row = i / sizes.units();
                int column = i % sizes.units();
                double sum = values.get(2).getDouble(column);
                for (int k = 0; k < sizes.inputs(); k++) {
                    sum += values.get(0).getDouble(row * sizes.inputs() + k)
                            * values.get(1).getDouble(k * sizes.units() + column);
                }
                double expected = Math.max(0, sum);
                // Without the epilogue the product is rounded before the bias is added.
                double product = forward == 1 ? 0 : Math.abs(sum - values.get(2).getDouble(column));
                assertThat(y[i])
                        .as("element %d", i)
                        .isCloseTo(expected, within(rounding * Math.max(product, Math.abs(expected)) + 1e-4));
            }
        }
    }

    @Test
    void switchedOffTheNumbersAreThoseOfSingleOps() {
        Sizes sizes = new Sizes(13, 6, 40);
        System.setProperty(CudaLt.PROPERTY, "off");
        try (CompiledStep step = Execution.compile(sizes.specs(), LinearLaunchesCudaTest::layer)) {
            long fused = CudaTests.backend().lt().products();
            expect(run(step, sizes), onCpu(sizes));
            assertThat(CudaTests.backend().lt().products()).isEqualTo(fused);
        } finally {
            System.clearProperty(CudaLt.PROPERTY);
        }
    }

    @Test
    void aSequenceOfRowsHasOneLaunchEachToo() {
        TensorSpec x = new TensorSpec(Shape.of(3, 5, 12), DType.FLOAT32);
        List<TensorSpec> specs = List.of(x, Sizes.spec(12, 33), Sizes.spec(33));
        Sizes rows = new Sizes(15, 12, 33);
        int served = CudaTests.served(rows.forward(), DType.FLOAT32, LtEpilogue.RELU_BIAS)
                + CudaTests.served(rows.backward(), DType.FLOAT32, LtEpilogue.BIAS_GRADIENT);
        try (CompiledStep step = Execution.compile(specs, LinearLaunchesCudaTest::layer)) {
            long fused = CudaTests.backend().lt().products();
            step.feed(0, CudaTests.random(1, 3, 5, 12).data());
            step.feed(1, CudaTests.random(2, 12, 33).data());
            step.feed(2, CudaTests.random(3, 33).data());
            step.run();
            assertThat(CudaTests.backend().lt().products() - fused).isEqualTo(served);
            expect(
                    List.of(step.output(1).toFloatArray(), step.output(2).toFloatArray()),
                    onCpu(rows).subList(1, 3));
        }
    }

    @Test
    void aTrainingEndsWhereItDoesWithoutCublasLt() {
        List<HostArray> with = trained();
        System.setProperty(CudaLt.PROPERTY, "off");
        try {
            List<HostArray> without = trained();
            for (int i = 0; i < with.size(); i++) {
                float[] expected = without.get(i).toFloatArray();
                float[] actual = with.get(i).toFloatArray();
                for (int j = 0; j < expected.length; j++) {
                    assertThat(actual[j]).as("weight %d, element %d", i, j).isCloseTo(expected[j], within(1e-5f));
                }
            }
        } finally {
            System.clearProperty(CudaLt.PROPERTY);
        }
    }

    private static List<HostArray> trained() {
        SeedGenerator.setGlobalSeed(5);
        HostArray x = CudaTests.random(4, 40, 24);
        HostArray y = HostArray.zeros(Shape.of(40), DType.INT32).fill(i -> i % 6);
        try (Sequential model = Sequential.of(new Dense(30, "relu"), new Dense(20, "relu"), new Dense(6))) {
            model.compile(CompileOptions.with(new SGD(0.05)).loss(new SparseCategoricalCrossentropy(true)));
            model.fit(x, y, FitOptions.epochs(2).batchSize(8).verbose(false));
            return model.weightValues();
        }
    }
}
