package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What freezing a layer does. */
final class FreezingTest {
    private static final HostArray X =
            HostArray.zeros(Shape.of(16, 3), DType.FLOAT32).fill(i -> Math.sin(i));
    private static final HostArray Y =
            HostArray.zeros(Shape.of(16, 2), DType.FLOAT32).fill(i -> Math.cos(i));

    private static Sequential model() {
        Sequential model = Sequential.of(new Dense(4), new BatchNormalization(), new Dense(2));
        model.compile("sgd", "mse");
        return model;
    }

    @Test
    void aFrozenLayerHasNoTrainableWeights() {
        try (Sequential model = model()) {
            model.fit(X, Y, FitOptions.DEFAULT.verbose(false));
            assertThat(model.trainableWeights()).hasSize(6);

            model.layers().get(0).setTrainable(false);

            assertThat(model.trainableWeights()).hasSize(4);
            assertThat(model.nonTrainableWeights()).hasSize(4);
        }
    }

    @Test
    void partsKeepTheirOwnFlags() {
        try (Sequential model = model()) {
            model.buildFor(Shape.of(1, 3));
            model.predict(X);
            model.layers().get(0).setTrainable(false);
            model.setTrainable(false);
            assertThat(model.trainableWeights()).isEmpty();

            model.setTrainable(true);

            assertThat(model.layers().get(0).trainable()).isFalse();
            assertThat(model.trainableWeights()).hasSize(4);
        }
    }

    @Test
    void takesEffectAtTheNextFitWithoutCompiling() {
        try (Sequential model = model()) {
            model.fit(X, Y, FitOptions.DEFAULT.verbose(false));
            Layer first = model.layers().get(0);
            first.setTrainable(false);
            float[] before = first.weights().get(0).toFloatArray();
            float[] other = model.layers().get(2).weights().get(0).toFloatArray();

            model.fit(X, Y, FitOptions.DEFAULT.verbose(false));

            assertThat(first.weights().get(0).toFloatArray()).isEqualTo(before);
            assertThat(model.layers().get(2).weights().get(0).toFloatArray()).isNotEqualTo(other);
        }
    }

    @Test
    void aFrozenBatchNormalizationUsesTheRunningStatistics() {
        try (BatchNormalization layer = new BatchNormalization()) {
            layer.setTrainable(false);

            assertThat(layer.apply(Ops.tensor(X), true).toFloatArray())
                    .isEqualTo(layer.apply(Ops.tensor(X), false).toFloatArray());
            assertThat(layer.weights().get(2).toFloatArray()).containsOnly(0);
        }
    }

    @Test
    void aBatchNormalizationFrozenBetweenTwoFits() {
        try (Sequential model = model()) {
            model.fit(X, Y, FitOptions.DEFAULT.verbose(false));
            Layer norm = model.layers().get(1);
            List<HostArray> before = norm.weightValues();
            float[] kernel = model.layers().get(0).weights().get(0).toFloatArray();
            norm.setTrainable(false);

            model.fit(X, Y, FitOptions.DEFAULT.verbose(false));

            for (int i = 0; i < 4; i++) {
                assertThat(norm.weights().get(i).toFloatArray())
                        .as("weight %d", i)
                        .isEqualTo(before.get(i).toFloatArray());
            }
            assertThat(model.layers().get(0).weights().get(0).toFloatArray()).isNotEqualTo(kernel);
            norm.setTrainable(true);

            model.fit(X, Y, FitOptions.DEFAULT.verbose(false));

            for (int i = 0; i < 4; i++) {
                assertThat(norm.weights().get(i).toFloatArray())
                        .as("weight %d", i)
                        .isNotEqualTo(before.get(i).toFloatArray());
            }
        }
    }

    @Test
    void alsoInsideOfAFrozenLayer() {
        try (Sequential model = Sequential.of(new BatchNormalization())) {
            model.setTrainable(false);

            model.apply(Ops.tensor(X), true);

            assertThat(model.weights().get(2).toFloatArray()).containsOnly(0);
        }
    }
}
