package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In a compiled step layer normalization does the sums of a residual connection. */
@ExtendWith({SimulatedDevice.class, OnCuda.class, WithoutCublasLt.class})
final class LayerNormCudaTest {
    private static final String PASS = "fuse-residual-norm";

    /**
     * A block of a transformer between two others: {@code s = x + r, y = s + norm(s) weights}, and the gradients of
     * {@code sum(relu(y))}.
     */
    private static List<Tensor> block(List<Tensor> in) {
        try (GradientTape tape = GradientTape.open()) {
            in.forEach(tape::watch);
            Tensor sum = Ops.add(in.get(0), in.get(1));
            Tensor product = Ops.matmul(NN.layerNorm(sum, in.get(2), in.get(3), 1e-3), in.get(4));
            Tensor y = Ops.relu(Ops.add(sum, product));
            List<Tensor> results = new ArrayList<>(tape.gradient(Ops.sum(y), in));
            results.add(y);
            return results;
        }
    }

    private static List<HostArray> inputs(int rows, int columns, DType dtype) {
        return List.of(
                CudaTests.random(1, rows, columns).cast(dtype),
                CudaTests.random(2, rows, columns).cast(dtype),
                CudaTests.random(3, columns),
                CudaTests.random(4, columns),
                CudaTests.random(5, columns, columns).cast(dtype));
    }

    private static List<TensorSpec> specs(List<HostArray> inputs) {
        return inputs.stream().map(HostArray::spec).toList();
    }

    /** Three runs: by single launches, captured, and replayed. */
    private static List<HostArray> traced(List<HostArray> inputs) {
        List<HostArray> results = new ArrayList<>();
        try (CompiledStep step = Execution.compile(specs(inputs), LayerNormCudaTest::block)) {
            for (int run = 0; run < 3; run++) {
                for (int i = 0; i < inputs.size(); i++) {
                    step.feed(i, inputs.get(i).data());
                }
                step.run();
                for (int i = 0; i <= inputs.size(); i++) {
                    results.add(step.output(i));
                }
            }
        }
        return results;
    }

    private static <T> T without(String passes, Supplier<T> action) {
        System.setProperty("dev.lamina.passes.off", passes);
        try {
            return action.get();
        } finally {
            System.clearProperty("dev.lamina.passes.off");
        }
    }

    private static void same(List<HostArray> actual, List<HostArray> expected, String how) {
        for (int i = 0; i < actual.size(); i++) {
            HostArray one = expected.get(i % expected.size());
            assertThat(actual.get(i).data().mismatch(one.data()))
                    .as("%s: the first byte that differs in result %d", how, i)
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4, 1, FLOAT32",
        "3, 13, FLOAT32",
        "11, 207, FLOAT32",
        "2, 1025, FLOAT32",
        "0, 13, FLOAT32",
        "13, 6, BFLOAT16",
        "3, 207, BFLOAT16",
        "9, 13, FLOAT16",
        "3, 13, FLOAT64"
    })
    void theBitsAreThoseOfSingleOps(int rows, int columns, DType dtype) {
        List<HostArray> inputs = inputs(rows, columns, dtype);
        if (dtype == DType.FLOAT64) {
            inputs = inputs.stream().map(input -> input.cast(dtype)).toList();
        }
        List<HostArray> eager = block(inputs.stream().map(Ops::tensor).toList()).stream()
                .map(Tensor::toHost)
                .toList();
        List<HostArray> all = inputs;
        same(traced(all), eager, "with all passes");
        same(without(PASS, () -> traced(all)), eager, "without the pass");
        same(without("all", () -> traced(all)), eager, "without passes");
    }

    /** How often each kernel is launched by a step. */
    private static Map<String, Long> launches(List<HostArray> inputs) {
        KernelLibrary library = CudaTests.backend().library();
        Map<String, Long> counts = new TreeMap<>();
        library.names().forEach(name -> counts.put(name, -library.launches(name)));
        try (CompiledStep step = Execution.compile(specs(inputs), LayerNormCudaTest::block)) {
            for (int i = 0; i < inputs.size(); i++) {
                step.feed(i, inputs.get(i).data());
            }
            step.run();
        }
        counts.replaceAll((name, count) -> count + library.launches(name));
        counts.values().removeIf(count -> count == 0);
        return counts;
    }

    @Test
    void oneLaunchForwardAndTwoBackward() {
        List<HostArray> inputs = inputs(20, 40, DType.FLOAT32);
        Map<String, Long> fused = launches(inputs);
        Map<String, Long> single = without(PASS, () -> launches(inputs));
        assertThat(fused)
                .containsEntry("layer_norm_rows_f32", 1L)
                .containsEntry("layer_norm_backward_rows_f32", 1L)
                .containsEntry("layer_norm_backward_combine_f32", 1L)
                .doesNotContainKey("add_f32");
        Map<String, Long> expected = new TreeMap<>(fused);
        expected.put("add_f32", 2L);
        assertThat(single).isEqualTo(expected);
    }

    /** Up to eight rows are one block's. */
    @Test
    void fewRowsAreOneLaunchBackward() {
        assertThat(launches(inputs(8, 40, DType.FLOAT32)))
                .containsEntry("layer_norm_backward_rows_f32", 1L)
                .doesNotContainKey("layer_norm_backward_combine_f32");
    }

    @Test
    void theGradientOfOneBranchIsNotStored() {
        List<TensorSpec> specs = specs(inputs(300, 64, DType.FLOAT32));
        Supplier<Long> bytes =
                () -> Execution.plan(specs, LayerNormCudaTest::block).arenaBytes();
        long elements = new TensorSpec(Shape.of(300, 64), DType.FLOAT32).bytes();
        assertThat(without(PASS, bytes) - bytes.get()).isBetween(elements, elements + 4096);
    }
}
