package dev.lamina.layers;

import dev.lamina.constraints.MaxNorm;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import java.util.List;

/** Dense, embedding, einsum, preprocessing and other layers. */
final class CoreLayerCases {
    private CoreLayerCases() {}

    static List<LayerCase> all() {
        Lambda.register("contract_halve", x -> Ops.multiply(x, 0.5));
        return List.of(
                LayerCase.of("Dense", () -> new Dense(5, "relu"), Shape.of(4, 3), Shape.of(4, 5)),
                LayerCase.of(
                        "Dense, all options",
                        () -> Dense.of(2)
                                .activation("tanh")
                                .useBias(false)
                                .kernelInitializer(Initializers.heNormal())
                                .kernelRegularizer(Regularizers.l1(0.1))
                                .kernelConstraint(new MaxNorm(3))
                                .name("d")
                                .build(),
                        Shape.of(4, 6, 3),
                        Shape.of(4, 6, 2)),
                LayerCase.of("Embedding", () -> new Embedding(7, 3), Shape.of(4, 5), Shape.of(4, 5, 3))
                        .ofIndices(7),
                LayerCase.of(
                                "Embedding, all options",
                                () -> Embedding.of(7, 3)
                                        .maskZero(true)
                                        .embeddingsInitializer(Initializers.heNormal())
                                        .embeddingsRegularizer(Regularizers.l2(0.1))
                                        .embeddingsConstraint(new MaxNorm(3))
                                        .build(),
                                Shape.of(4),
                                Shape.of(4, 3))
                        .ofIndices(7),
                LayerCase.of(
                        "EinsumDense",
                        () -> EinsumDense.of("abc,cd->abd", -1, 6)
                                .biasAxes("d")
                                .activation("tanh")
                                .build(),
                        Shape.of(4, 5, 3),
                        Shape.of(4, 5, 6)),
                LayerCase.of(
                        "EinsumDense of several axes",
                        () -> EinsumDense.of("abc,bcde->ade", 2, 3).build(),
                        Shape.of(4, 5, 3),
                        Shape.of(4, 2, 3)),
                LayerCase.of(
                        "EinsumDense, unnamed axes at the beginning",
                        () -> EinsumDense.of("...b,bc->...c", 6).biasAxes("c").build(),
                        Shape.of(4, 2, 5, 3),
                        Shape.of(4, 2, 5, 6)),
                LayerCase.of(
                        "EinsumDense, unnamed axes at the end",
                        () -> EinsumDense.of("ab...,bc->ac...", 6).biasAxes("c").build(),
                        Shape.of(4, 3, 2, 5),
                        Shape.of(4, 6, 2, 5)),
                LayerCase.of(
                        "EinsumDense, a product for each place",
                        () -> EinsumDense.of("abc,bcd->abd", 5, 2).build(),
                        Shape.of(4, 5, 3),
                        Shape.of(4, 5, 2)),
                LayerCase.of(
                        "TimeDistributed",
                        () -> new TimeDistributed(new Dense(2)),
                        Shape.of(4, 5, 3),
                        Shape.of(4, 5, 2)),
                LayerCase.of("Identity", Identity::new, Shape.of(4, 3)),
                LayerCase.of("Lambda", () -> new Lambda("contract_halve"), Shape.of(4, 3)),
                LayerCase.of("Masking", () -> new Masking(0.5), Shape.of(4, 5, 3)),
                LayerCase.of("Rescaling", () -> new Rescaling(0.5, -1), Shape.of(4, 3)),
                LayerCase.of(
                        "Rescaling by channel",
                        () -> new Rescaling(
                                new double[] {1, 2, 3}, new double[] {-1, 0, 1}, LayerOptions.named("rescale")),
                        Shape.of(4, 5, 3)),
                LayerCase.of("Normalization", Normalization::new, Shape.of(4, 3)),
                LayerCase.of(
                        "Normalization by given numbers",
                        () -> new Normalization(
                                new int[] {1}, true, new double[] {1, 2}, new double[] {3, 0.5}, LayerOptions.DEFAULT),
                        Shape.of(4, 2, 3)),
                LayerCase.of("CategoryEncoding", () -> new CategoryEncoding(5), Shape.of(4, 3), Shape.of(4, 5))
                        .ofIndices(5),
                LayerCase.of(
                                "CategoryEncoding, count",
                                () -> new CategoryEncoding(5, "count", LayerOptions.DEFAULT),
                                Shape.of(4, 3),
                                Shape.of(4, 5))
                        .ofIndices(5),
                LayerCase.of(
                                "CategoryEncoding, one-hot",
                                () -> new CategoryEncoding(5, "one_hot", LayerOptions.DEFAULT),
                                Shape.of(4, 1),
                                Shape.of(4, 5))
                        .ofIndices(5));
    }
}
