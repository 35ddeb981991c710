package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Add;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.GlobalAveragePooling1D;
import dev.lamina.layers.Input;
import dev.lamina.layers.LayerNormalization;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Functional;
import dev.lamina.models.Model;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How many launches a training step of a transformer's feed-forward blocks takes for its residual connections. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class ResidualLaunchesCudaTest {
    private static final int UNITS = 24;

    @AfterEach
    void inFloat32() {
        DTypePolicy.setGlobal(DTypePolicy.FLOAT32);
        System.clearProperty("dev.lamina.passes.off");
    }

    private static Tensor feedForward(Tensor x) {
        return new Dense(UNITS).apply(new Dense(2 * UNITS, "relu").apply(x));
    }

    private static Tensor sum(Tensor a, Tensor b) {
        return new Add().apply(List.of(a, b)).getFirst();
    }

    /** {@code h + f(norm(h))} twice. */
    private static Functional normFirst() {
        Tensor x = Input.of(Shape.of(5, UNITS));
        Tensor h = new Dense(UNITS).apply(x);
        for (int i = 0; i < 2; i++) {
            h = sum(h, feedForward(new LayerNormalization().apply(h)));
        }
        return head(x, new LayerNormalization().apply(h));
    }

    /** {@code norm(h + dropout(f(h)))} twice. */
    private static Functional normLast(double rate) {
        Tensor x = Input.of(Shape.of(5, UNITS));
        Tensor h = new Dense(UNITS).apply(x);
        for (int i = 0; i < 2; i++) {
            h = new LayerNormalization().apply(sum(h, new Dropout(rate).apply(feedForward(h))));
        }
        return head(x, h);
    }

    private static Functional head(Tensor x, Tensor h) {
        Tensor pooled = new GlobalAveragePooling1D().apply(h);
        return Functional.of(x, new Dense(10, "softmax").apply(pooled));
    }

    /** What the first step launches. */
    private static Map<String, Long> step(Supplier<? extends Model> factory) {
        SeedGenerator.setGlobalSeed(3);
        HostArray x = CudaTests.random(1, 16, 5, UNITS);
        HostArray y = HostArray.zeros(Shape.of(16), DType.INT32).fill(i -> i % 10);
        KernelLibrary library = CudaTests.backend().library();
        try (Model model = factory.get()) {
            model.compile("adam", "sparse_categorical_crossentropy");
            Map<String, Long> counts = new TreeMap<>();
            library.names().forEach(name -> counts.put(name, -library.launches(name)));
            model.fit(x, y, FitOptions.epochs(1).batchSize(16).verbose(false));
            counts.replaceAll((name, count) -> count + library.launches(name));
            counts.values().removeIf(count -> count == 0);
            return counts;
        }
    }

    /** What the pass leaves out, in both precisions. */
    private static void expectLeftOut(Supplier<? extends Model> factory, long sums) {
        for (String policy : List.of("float32", "mixed_bfloat16")) {
            DTypePolicy.setGlobal(policy);
            Map<String, Long> expected = new TreeMap<>(step(factory));
            expected.merge(policy.equals("float32") ? "add_f32" : "add_bf16", sums, Long::sum);
            System.setProperty("dev.lamina.passes.off", "fuse-residual-norm");
            assertThat(step(factory)).as(policy).isEqualTo(expected);
            System.clearProperty("dev.lamina.passes.off");
        }
    }

    @Test
    void blocksThatNormalizeFirstHaveNoSumsOfTheirOwn() {
        expectLeftOut(ResidualLaunchesCudaTest::normFirst, 4);
        DTypePolicy.setGlobal("float32");
        Map<String, Long> step = step(ResidualLaunchesCudaTest::normFirst);
        assertThat(step)
                .containsEntry("layer_norm_rows_f32", 3L)
                .containsEntry("layer_norm_backward_rows_f32", 3L)
                .containsEntry("layer_norm_backward_combine_f32", 3L)
                .doesNotContainKey("add_f32");
        assertThat(step.getOrDefault("elementwise_chain", 0L)).isEqualTo(chainsOfRelu());
    }

    @Test
    void blocksThatNormalizeLastHaveTheFirstInputsAlone() {
        // The gradient of the first block's input comes of no normalization.
        expectLeftOut(() -> normLast(0), 3);
        DTypePolicy.setGlobal("float32");
        assertThat(step(() -> normLast(0))).containsEntry("add_f32", 1L);
    }

    /** Where a GPU's cublasLt does not keep NaN in relu, each of the two layers with relu has a launch for it. */
    private static long chainsOfRelu() {
        CudaGemm layer = CudaGemm.dense(false, false, 16, 32, 32);
        return 2 - 2 * CudaTests.served(layer, DType.FLOAT32, LtEpilogue.RELU_BIAS);
    }

    /** Dropout and the sum are one launch, and dropout's gradient another. */
    @Test
    void dropoutTakesTheSum() {
        assertThat(step(() -> normLast(0.1)))
                .containsEntry("elementwise_chain", 4L + chainsOfRelu())
                .containsEntry("layer_norm_rows_f32", 2L)
                .doesNotContainKey("random_uniform_f32");
    }
}
