package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Layer;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How many kernels one training step of a perceptron is: its graph has so many nodes. */
@ExtendWith({SimulatedDevice.class, OnCuda.class, WithoutTinySteps.class})
final class StepLaunchesCudaTest {
    /**
     * Forward a launch a layer; backward one for the weights' gradients and, but in the first layer, one for dx and one
     * for relu's.
     */
    private static final Map<String, Long> LINEAR = Map.of(
            "cublasLt", 4L,
            "cuBLAS", 1L,
            "relu_backward_f32", 1L,
            "narrow_product_f32", 1L,
            "narrow_product_backward_f32", 1L,
            "shallow_product_f32", 1L);

    /** The loss of each sample with its gradient; the means, the metrics and the counter; the optimizer. */
    private static final Map<String, Long> REST = Map.of("row_program", 2L, "adam_f32", 1L);

    private static final Map<String, Long> SAMPLES = Map.of("take_samples", 1L);

    /** Remembers after each batch how often each kernel was launched. */
    private static final class Launches implements Callback {
        private final List<Map<String, Long>> afterBatch = new ArrayList<>();

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            CudaBackend backend = CudaTests.backend();
            Map<String, Long> counts = new TreeMap<>();
            backend.library()
                    .names()
                    .forEach(name -> counts.put(name, backend.library().launches(name)));
            counts.put("cuBLAS", backend.blas().products());
            counts.put("cublasLt", backend.lt().products());
            afterBatch.add(counts);
        }

        /** What a batch launched. */
        Map<String, Long> of(int batch) {
            Map<String, Long> counts = new TreeMap<>(afterBatch.get(batch));
            counts.replaceAll((name, count) -> count - afterBatch.get(batch - 1).getOrDefault(name, 0L));
            counts.values().removeIf(count -> count == 0);
            return counts;
        }
    }

    /** The weights' casts, and the samples', are one launch; gradients go into the optimizer as they are. */
    @Test
    void aPerceptronInBfloat16() {
        DTypePolicy.setGlobal("mixed_bfloat16");
        try {
            // Rows of multiples of 8 elements: others' gradients of biases are launches of their own.
            Launches launches = train(new Dense(32, "relu"), new Dense(24, "relu"), new Dense(16, "softmax"));
            Map<String, Long> expected =
                    Map.of("cast_many_f32_bf16", 1L, "cublasLt", 6L, "cuBLAS", 2L, "relu_backward_bf16", 2L);
            expect(launches, asServed(expected, DType.BFLOAT16, 2));
        } finally {
            DTypePolicy.setGlobal(DTypePolicy.FLOAT32);
        }
    }

    private static Launches train() {
        return train(new Dense(32, "relu"), new Dense(20, "relu"), new Dense(10, "softmax"));
    }

    private static Launches train(Layer... layers) {
        SeedGenerator.setGlobalSeed(3);
        HostArray x = HostArray.zeros(Shape.of(48, 40), DType.FLOAT32).fill(Math::sin);
        HostArray y = HostArray.zeros(Shape.of(48), DType.INT32).fill(i -> i % 10);
        Launches launches = new Launches();
        try (Sequential model = Sequential.of(layers)) {
            model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
            model.fit(x, y, FitOptions.epochs(1).batchSize(16).verbose(false).callback(launches));
        }
        return launches;
    }

    /** Dropout forward; its gradient with that of relu; the generator's counter. */
    @Test
    void aPerceptronWithDropout() {
        Launches launches =
                train(new Dense(32, "relu"), new Dropout(0.5), new Dense(20, "relu"), new Dense(10, "softmax"));
        Map<String, Long> expected = new TreeMap<>(LINEAR);
        expected.putAll(Map.of("elementwise_chain", 2L, "add_i64", 1L));
        expected.remove("relu_backward_f32");
        expect(launches, asServed(expected, DType.FLOAT32, 1));
    }

    @Test
    void aPerceptronOfThreeLayers() {
        expect(train(), asServed(LINEAR, DType.FLOAT32, 2));
    }

    /**
     * What two layers with relu launch where a GPU's cublasLt does not keep NaN in relu: products by cuBLAS, and chains
     * for bias and relu.
     *
     * @param chains how many launches that makes more
     */
    private static Map<String, Long> asServed(Map<String, Long> generous, DType dtype, long chains) {
        if (CudaTests.served(CudaGemm.dense(false, false, 16, 32, 40), dtype, LtEpilogue.RELU_BIAS) == 1) {
            return generous;
        }
        Map<String, Long> expected = new TreeMap<>(generous);
        expected.merge("cublasLt", -2L, Long::sum);
        expected.merge("cuBLAS", 2L, Long::sum);
        expected.merge("elementwise_chain", chains, Long::sum);
        return expected;
    }

    private static void expect(Launches launches, Map<String, Long> layers) {
        // The second step is the one that is captured, with the launch that takes its batch out of the data; the third
        // launches nothing but the graph.
        assertThat(launches.of(2)).isEmpty();
        Map<String, Long> expected = new TreeMap<>(layers);
        expected.putAll(REST);
        expected.putAll(SAMPLES);
        assertThat(launches.of(1)).isEqualTo(expected);
    }
}
