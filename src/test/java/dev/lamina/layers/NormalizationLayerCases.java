package dev.lamina.layers;

import dev.lamina.constraints.NonNeg;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.tensor.Shape;
import java.util.List;

/** Layers that normalize. */
final class NormalizationLayerCases {
    private NormalizationLayerCases() {}

    static List<LayerCase> all() {
        return List.of(
                LayerCase.of("BatchNormalization", BatchNormalization::new, Shape.of(4, 3)),
                LayerCase.of(
                        "BatchNormalization, all options",
                        () -> BatchNormalization.of()
                                .axis(1)
                                .momentum(0.9)
                                .epsilon(1e-2)
                                .scale(false)
                                .betaInitializer(Initializers.constant(0.1))
                                .betaRegularizer(Regularizers.l2(0.1))
                                .betaConstraint(new NonNeg())
                                .movingMeanInitializer(Initializers.constant(0.2))
                                .movingVarianceInitializer(Initializers.constant(2))
                                .build(),
                        Shape.of(4, 3, 5, 2)),
                LayerCase.of("LayerNormalization", LayerNormalization::new, Shape.of(4, 6)),
                LayerCase.of(
                        "LayerNormalization over the last axes",
                        () -> new LayerNormalization(-2, -1),
                        Shape.of(4, 2, 3, 5)),
                LayerCase.of(
                        "LayerNormalization, all options",
                        () -> LayerNormalization.of()
                                .axis(1, 3)
                                .epsilon(1e-2)
                                .center(false)
                                .gammaInitializer(Initializers.constant(2))
                                .gammaRegularizer(Regularizers.l2(0.1))
                                .gammaConstraint(new NonNeg())
                                .build(),
                        Shape.of(4, 2, 3, 5)),
                LayerCase.of("GroupNormalization", () -> new GroupNormalization(2), Shape.of(4, 5, 2, 6)),
                LayerCase.of(
                        "GroupNormalization, all options",
                        () -> GroupNormalization.of(-1).axis(1).scale(false).build(),
                        Shape.of(4, 6, 5)),
                LayerCase.of("RMSNormalization", RMSNormalization::new, Shape.of(4, 6)),
                LayerCase.of(
                        "RMSNormalization over other axes", () -> new RMSNormalization(1, 2), Shape.of(4, 6, 2, 3)),
                LayerCase.of("UnitNormalization", UnitNormalization::new, Shape.of(4, 6)),
                LayerCase.of(
                        "UnitNormalization over other axes", () -> new UnitNormalization(1, 2), Shape.of(4, 6, 2, 3)),
                LayerCase.of(
                                "SpectralNormalization",
                                () -> new SpectralNormalization(new Dense(5), 2, LayerOptions.DEFAULT),
                                Shape.of(4, 3),
                                Shape.of(4, 5))
                        .notDifferentiableInTraining());
    }
}
