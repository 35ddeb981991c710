package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Numbers of layers that the fixtures have no case of. */
final class PreparingLayerTest {
    @Test
    void bilinearUpSamplingInterpolatesBetweenCenters() {
        Tensor x = Ops.tensor(new float[] {1, 2, 5, 6}, 1, 2, 2, 1);
        try (UpSampling2D layer = new UpSampling2D(1, 2, "bilinear", LayerOptions.DEFAULT);
                UpSampling2D both = new UpSampling2D(2, 2, "bilinear", LayerOptions.DEFAULT)) {
            assertThat(layer.apply(x).toFloatArray()).containsExactly(1, 1.25f, 1.75f, 2, 5, 5.25f, 5.75f, 6);
            assertThat(both.apply(x).toFloatArray())
                    .containsExactly(1, 1.25f, 1.75f, 2, 2, 2.25f, 2.75f, 3, 4, 4.25f, 4.75f, 5, 5, 5.25f, 5.75f, 6);
        }
    }

    @Test
    void normalizationLearnsMeanAndVarianceOfEachFeature() {
        HostArray data = HostArray.of(new float[] {1, 10, 3, 10, 5, 10}, 3, 2);
        try (Normalization layer = new Normalization()) {
            layer.adapt(data);
            assertThat(layer.weightValues().get(0).toFloatArray()).containsExactly(3, 10);
            assertThat(layer.weightValues().get(1).getDouble(0)).isCloseTo(8.0 / 3, within(1e-6));
            assertThat(layer.weightValues().get(1).getDouble(1)).isZero();
            assertThat(layer.weightValues().get(2).getLong(0)).isEqualTo(3);
            assertThat(layer.apply(data).toFloatArray())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(-1.2247449f, 0, 0, 0, 1.2247449f, 0);
        }
    }

    @Test
    void normalizationWithoutAxesHasOneMeanForAll() {
        HostArray data = HostArray.of(new float[] {1, 3, 5, 7}, 2, 2);
        try (Normalization layer = new Normalization(new int[0], false, LayerOptions.named("n"))) {
            layer.adapt(data);
            assertThat(layer.weightValues().get(0).getDouble(0)).isEqualTo(4);
            assertThat(layer.weightValues().get(1).getDouble(0)).isEqualTo(5);
        }
    }

    @Test
    void invertingUndoesANormalization() {
        double[] mean = {1, 2};
        double[] variance = {4, 9};
        HostArray x = HostArray.of(new float[] {1, 2, 3, 4}, 2, 2);
        try (Normalization there = new Normalization(new int[] {-1}, false, mean, variance, LayerOptions.DEFAULT);
                Normalization back = new Normalization(new int[] {-1}, true, mean, variance, LayerOptions.DEFAULT)) {
            Tensor normal = there.apply(x);
            assertThat(normal.toFloatArray())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(0, 0, 1, 2 / 3f);
            assertThat(back.apply(normal).toFloatArray())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(1, 2, 3, 4);
        }
        try (Normalization given =
                new Normalization(new int[] {-1}, false, mean, variance, LayerOptions.named("given"))) {
            assertThatThrownBy(() -> given.adapt(x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[given] expected a layer that was not given its mean and variance; it was.");
        }
    }

    @Test
    void spectralNormalizationMakesTheLargestSingularValueOne() {
        Dense dense = new Dense(3);
        try (SpectralNormalization layer = new SpectralNormalization(dense, 50, LayerOptions.DEFAULT)) {
            layer.buildFor(Shape.of(4, 3));
            // Singular values 5, 2 and 1.
            dense.setWeightValues(java.util.List.of(
                    HostArray.of(new float[] {0, 2, 0, -5, 0, 0, 0, 0, 1}, 3, 3), HostArray.of(new float[3])));
            layer.apply(Ops.ones(4, 3), false);
            assertThat(dense.weightValues().get(0).getDouble(3))
                    .as("in inference")
                    .isEqualTo(-5);
            layer.apply(Ops.ones(4, 3), true);
            assertThat(dense.weightValues().get(0).toFloatArray())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(0, 0.4f, 0, -1, 0, 0, 0, 0, 0.2f);
        }
    }

    @Test
    void aKernelOfZerosStays() {
        Dense dense = Dense.of(3)
                .kernelInitializer(dev.lamina.initializers.Initializers.zeros())
                .build();
        try (SpectralNormalization layer = new SpectralNormalization(dense)) {
            assertThat(layer.apply(Ops.ones(4, 3), true).toFloatArray()).containsOnly(0);
        }
    }

    @Test
    void wholeNumbersAreRescaledInFloatingPoint() {
        try (Rescaling layer = new Rescaling(1.0 / 4, -1)) {
            assertThat(layer.apply(Ops.tensor(new int[] {0, 4, 6}, 1, 3)).toFloatArray())
                    .containsExactly(-1, 0, 0.5f);
        }
    }

    @Test
    void categoriesThatAreNoneLeaveNoTrace() {
        Tensor x = Ops.tensor(new int[] {0, 2, 2, -1}, 1, 4);
        try (CategoryEncoding hot = new CategoryEncoding(3);
                CategoryEncoding count = new CategoryEncoding(3, "count", LayerOptions.DEFAULT)) {
            assertThat(hot.apply(x).toFloatArray()).containsExactly(1, 0, 1);
            assertThat(count.apply(x).toFloatArray()).containsExactly(1, 0, 2);
        }
    }

    @Test
    void activityRegularizationAddsItsPenaltyByTheBatch() {
        try (ActivityRegularization layer = new ActivityRegularization(0.5, 0.25)) {
            layer.apply(Ops.tensor(new float[] {1, -2, 0, 2}, 2, 2));
            assertThat(layer.losses()).hasSize(1);
            assertThat(layer.losses().get(0).item()).isCloseTo((0.5 * 5 + 0.25 * 9) / 2, within(1e-6));
        }
    }

    @Test
    void integersMayBeMergedAndAveraged() {
        Tensor a = Ops.tensor(new int[] {1, 2}, 1, 2);
        Tensor b = Ops.tensor(new int[] {4, 4}, 1, 2);
        try (Add add = new Add();
                Average average = new Average()) {
            assertThat(add.apply(java.util.List.of(a, b)).get(0).dtype()).isEqualTo(dev.lamina.tensor.DType.INT32);
            assertThat(average.apply(java.util.List.of(a, b)).get(0).toFloatArray())
                    .containsExactly(2.5f, 3);
        }
    }
}
