package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.data.HostBatch;
import dev.lamina.errors.ShapeException;
import dev.lamina.initializers.Initializers;
import dev.lamina.layers.Activation;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Samples, classes and positions of unequal weight. The model gives its input, so that each loss is known. */
final class SampleWeightTrainingTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-6);

    private final HostArray x = HostArray.of(new float[] {1, 2, 3, 4}, 4, 1);
    private final HostArray zeros = HostArray.zeros(Shape.of(4, 1), DType.FLOAT32);
    private final HostArray weights = HostArray.of(new float[] {1, 0, 2, 0.5f});

    private static Sequential identity() {
        Sequential model = Sequential.of(new Activation("linear"));
        model.compile(CompileOptions.with("sgd").loss("mse").metric("mae").weightedMetric("mae"));
        return model;
    }

    @Test
    void weightsActOnTheLossAndWeightedMetrics() {
        try (Sequential model = identity()) {
            Map<String, Double> values = model.evaluate(
                    List.of(x), List.of(zeros), EvaluateOptions.batchSize(4).sampleWeights(weights));

            assertThat(values.keySet()).containsExactly("loss", "mae", "weighted_mae");
            assertThat(values.get("loss")).isCloseTo((1 + 0 + 18 + 8) / 4.0, CLOSE);
            assertThat(values.get("mae")).isCloseTo(2.5, CLOSE);
            assertThat(values.get("weighted_mae")).isCloseTo((1 + 6 + 2) / 3.5, CLOSE);
        }
    }

    @Test
    void weightsOfPositions() {
        try (Sequential model = identity()) {
            HostArray sequences = HostArray.of(new float[] {1, 2, 3, 4}, 2, 2, 1);
            Map<String, Double> values = model.testOnBatch(HostBatch.of(
                    sequences,
                    HostArray.zeros(Shape.of(2, 2, 1), DType.FLOAT32),
                    HostArray.of(new float[] {1, 0, 2, 0.5f}, 2, 2)));

            assertThat(values.get("loss")).isCloseTo((1 + 0 + 18 + 8) / 4.0, CLOSE);
        }
    }

    @Test
    void fitWithWeightsGoesWhereFitWithTheirClassesGoes() {
        HostArray labels = HostArray.of(new int[] {0, 1, 2, 1});
        float[][] kernels = new float[3][];
        for (int i = 0; i < 3; i++) {
            try (Sequential model = Sequential.of(Dense.of(3)
                    .kernelInitializer(Initializers.zeros())
                    .activation("softmax")
                    .build())) {
                model.compile("sgd", "sparse_categorical_crossentropy");
                FitOptions options =
                        FitOptions.epochs(3).batchSize(3).shuffle(false).verbose(false);
                FitOptions weighted = i == 0
                        ? options.classWeights(Map.of(1, 2.5, 2, 0.0))
                        : i == 1 ? options.sampleWeights(HostArray.of(new float[] {1, 2.5f, 0, 2.5f})) : options;
                model.fit(x, labels, weighted);
                kernels[i] = model.weights().get(0).toFloatArray();
            }
        }

        assertThat(kernels[0]).isEqualTo(kernels[1]).isNotEqualTo(kernels[2]);
    }

    @Test
    void classesOfOneHotTargets() {
        HostArray hot = HostArray.of(new float[] {0, 1, 1, 0}, 2, 2);

        assertThat(ClassWeights.of("fit", Map.of(0, 3.0), List.of(hot)).toFloatArray())
                .containsExactly(1, 3);
        assertThatThrownBy(() -> ClassWeights.of("fit", Map.of(0, 3.0), List.of(hot, hot)))
                .hasMessage("[fit] expected one target to weigh classes of; received 2. Give sampleWeights for each"
                        + " output instead.");
    }

    @Test
    void bothKindsOfWeights() {
        try (Sequential model = identity()) {
            assertThatThrownBy(() -> model.fit(
                            x,
                            zeros,
                            FitOptions.DEFAULT
                                    .verbose(false)
                                    .sampleWeights(weights)
                                    .classWeights(Map.of(0, 2.0))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[fit] expected class weights or sample weights; received both. Multiply the sample"
                            + " weights by those of their classes.");
        }
    }

    @Test
    void anotherNumberOfWeights() {
        try (Sequential model = identity()) {
            assertThatThrownBy(() -> model.fit(
                            x, zeros, FitOptions.DEFAULT.verbose(false).sampleWeights(weights.rows(0, 3))))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[fit] expected the same number of samples in all arrays; received x [4] and y [4] and"
                            + " sampleWeights [3].");
        }
    }

    /** Hides what is above 2.5. */
    private static final class HideLarge extends Layer {
        @Override
        protected Tensor call(Tensor input) {
            return input;
        }

        @Override
        protected Optional<Tensor> computeMask(Tensor input, Optional<Tensor> mask) {
            return Optional.of(
                    Ops.less(Ops.reshape(input, input.shape().drop(-1).sizes()), Ops.constant(2.5, DType.FLOAT32)));
        }
    }

    @Test
    void theMaskOfAnOutput() {
        for (boolean eagerly : new boolean[] {false, true}) {
            try (Sequential model = Sequential.of(new HideLarge())) {
                model.compile(
                        CompileOptions.with("sgd").loss("mse").metric("mae").runEagerly(eagerly));

                Map<String, Double> values = model.evaluate(x, zeros);

                assertThat(values.get("loss")).isCloseTo((1 + 4) / 2.0, CLOSE);
                assertThat(values.get("mae")).isCloseTo(1.5, CLOSE);
            }
        }
    }
}
