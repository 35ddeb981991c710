package dev.lamina.layers;

import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.OptionalLong;

/** Layers that are random in training, and those that regularize. */
final class NoiseLayerCases {
    private static final OptionalLong SEED = OptionalLong.of(5);

    private NoiseLayerCases() {}

    static List<LayerCase> all() {
        LayerOptions options = LayerOptions.DEFAULT;
        return List.of(
                LayerCase.of("Dropout", () -> new Dropout(0.3, 5), Shape.of(4, 3)),
                LayerCase.of(
                        "Dropout of whole features",
                        () -> new Dropout(0.3, Shape.of(Shape.UNKNOWN, 1, 3), SEED, options),
                        Shape.of(4, 5, 3)),
                LayerCase.of("Dropout of nothing", () -> new Dropout(0), Shape.of(4, 3)),
                LayerCase.of("AlphaDropout", () -> new AlphaDropout(0.3, SEED, options), Shape.of(4, 3)),
                LayerCase.of("SpatialDropout1D", () -> new SpatialDropout1D(0.3, SEED, options), Shape.of(4, 5, 3)),
                LayerCase.of("SpatialDropout2D", () -> new SpatialDropout2D(0.3, SEED, options), Shape.of(4, 5, 2, 3)),
                LayerCase.of(
                        "SpatialDropout3D", () -> new SpatialDropout3D(0.3, SEED, options), Shape.of(4, 2, 2, 2, 3)),
                LayerCase.of("GaussianNoise", () -> new GaussianNoise(0.3, SEED, options), Shape.of(4, 3)),
                LayerCase.of("GaussianDropout", () -> new GaussianDropout(0.3, SEED, options), Shape.of(4, 3)),
                LayerCase.of("ActivityRegularization", () -> new ActivityRegularization(0.1, 0.2), Shape.of(4, 3)));
    }
}
