package dev.lamina.layers;

import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Convolution and pooling layers for the contract: their short forms, and each option away from its default. */
final class ImageLayerCases {
    private static final Shape STEPS = Shape.of(4, 7, 2);
    private static final Shape IMAGES = Shape.of(4, 7, 6, 2);
    private static final Shape VOLUMES = Shape.of(4, 4, 5, 3, 2);

    private ImageLayerCases() {}

    static List<LayerCase> all() {
        List<LayerCase> cases = new ArrayList<>();
        cases.addAll(convolutions());
        cases.addAll(transposed());
        cases.addAll(depthwise());
        cases.addAll(pooling());
        cases.addAll(globalPooling());
        cases.addAll(adaptivePooling());
        return cases;
    }

    private static List<LayerCase> convolutions() {
        return List.of(
                LayerCase.of("conv1d", () -> new Conv1D(6, 3, "relu"), STEPS, Shape.of(4, 5, 6)),
                LayerCase.of(
                        "conv1d, causal",
                        () -> Conv1D.of(4, 3).padding("causal").dilation(2).build(),
                        STEPS,
                        Shape.of(4, 7, 4)),
                LayerCase.of(
                        "conv1d, strides and groups",
                        () -> Conv1D.of(4, 2)
                                .strides(3)
                                .padding("same")
                                .groups(2)
                                .activation("tanh")
                                .build(),
                        STEPS,
                        Shape.of(4, 3, 4)),
                LayerCase.of("conv2d", () -> new Conv2D(6, 3, "relu"), IMAGES, Shape.of(4, 5, 4, 6)),
                LayerCase.of(
                        "conv2d, all options",
                        () -> Conv2D.of(4, 3, 2)
                                .strides(2, 1)
                                .dilation(1, 2)
                                .padding("same")
                                .groups(2)
                                .useBias(false)
                                .kernelInitializer(Initializers.heNormal())
                                .kernelRegularizer(Regularizers.l1(0.1))
                                .kernelConstraint(Constraints.of("non_neg"))
                                .activityRegularizer(Regularizers.l2(0.01))
                                .build(),
                        IMAGES,
                        Shape.of(4, 4, 6, 4)),
                LayerCase.of("conv3d", () -> new Conv3D(3, 2), VOLUMES, Shape.of(4, 3, 4, 2, 3)),
                LayerCase.of(
                        "conv3d, all options",
                        () -> Conv3D.of(4, 2, 3, 2)
                                .strides(2, 1, 1)
                                .dilation(1, 2, 1)
                                .padding("same")
                                .groups(2)
                                .biasInitializer(Initializers.constant(0.5))
                                .biasRegularizer(Regularizers.l2(0.1))
                                .biasConstraint(Constraints.of("max_norm"))
                                .build(),
                        VOLUMES,
                        Shape.of(4, 2, 5, 3, 4)));
    }

    private static List<LayerCase> transposed() {
        return List.of(
                LayerCase.of("conv1d transpose", () -> new Conv1DTranspose(3, 3), STEPS, Shape.of(4, 9, 3)),
                LayerCase.of(
                        "conv1d transpose, stride over the kernel",
                        () -> Conv1DTranspose.of(3, 2).strides(3).build(),
                        STEPS,
                        Shape.of(4, 21, 3)),
                LayerCase.of(
                        "conv2d transpose",
                        () -> Conv2DTranspose.of(3, 3)
                                .strides(2)
                                .padding("same")
                                .build(),
                        IMAGES,
                        Shape.of(4, 14, 12, 3)),
                LayerCase.of(
                        "conv2d transpose, all options",
                        () -> Conv2DTranspose.of(3, 4, 3)
                                .strides(3, 2)
                                .padding("same")
                                .outputPadding(2, 0)
                                .dilation(1, 2)
                                .activation("tanh")
                                .useBias(false)
                                .kernelInitializer(Initializers.heNormal())
                                .kernelRegularizer(Regularizers.l1(0.1))
                                .kernelConstraint(Constraints.of("non_neg"))
                                .build(),
                        IMAGES,
                        Shape.of(4, 20, 11, 3)),
                LayerCase.of(
                        "conv3d transpose",
                        () -> Conv3DTranspose.of(2, 2, 3, 2)
                                .strides(2, 1, 3)
                                .outputPadding(1, 0, 0)
                                .build(),
                        VOLUMES,
                        Shape.of(4, 9, 7, 8, 2)));
    }

    private static List<LayerCase> depthwise() {
        return List.of(
                LayerCase.of("depthwise conv1d", () -> new DepthwiseConv1D(3), STEPS, Shape.of(4, 5, 2)),
                LayerCase.of(
                        "depthwise conv2d",
                        () -> DepthwiseConv2D.of(3, 2)
                                .depthMultiplier(3)
                                .strides(2)
                                .padding("same")
                                .depthwiseInitializer(Initializers.heNormal())
                                .depthwiseRegularizer(Regularizers.l2(0.1))
                                .depthwiseConstraint(Constraints.of("unit_norm"))
                                .build(),
                        IMAGES,
                        Shape.of(4, 4, 3, 6)),
                LayerCase.of(
                        "separable conv1d",
                        () -> SeparableConv1D.of(5, 2)
                                .dilation(2)
                                .padding("same")
                                .build(),
                        STEPS,
                        Shape.of(4, 7, 5)),
                LayerCase.of(
                        "separable conv2d",
                        () -> SeparableConv2D.of(5, 3, 2)
                                .depthMultiplier(2)
                                .strides(2)
                                .activation("relu")
                                .depthwiseInitializer(Initializers.heNormal())
                                .depthwiseRegularizer(Regularizers.l2(0.1))
                                .depthwiseConstraint(Constraints.of("unit_norm"))
                                .pointwiseInitializer(Initializers.heNormal())
                                .pointwiseRegularizer(Regularizers.l1(0.1))
                                .pointwiseConstraint(Constraints.of("non_neg"))
                                .build(),
                        IMAGES,
                        Shape.of(4, 3, 3, 5)));
    }

    private static List<LayerCase> pooling() {
        return List.of(
                LayerCase.of("max pooling 1d", () -> new MaxPooling1D(2), STEPS, Shape.of(4, 3, 2)),
                LayerCase.of("max pooling 2d", () -> new MaxPooling2D(2), IMAGES, Shape.of(4, 3, 3, 2)),
                LayerCase.of(
                        "max pooling 2d, same",
                        () -> MaxPooling2D.of(3, 2)
                                .strides(2, 1)
                                .padding("same")
                                .build(),
                        IMAGES,
                        Shape.of(4, 4, 6, 2)),
                LayerCase.of(
                        "max pooling 3d",
                        () -> MaxPooling3D.of(2, 3, 1).padding("same").build(),
                        VOLUMES,
                        Shape.of(4, 2, 2, 3, 2)),
                LayerCase.of(
                        "average pooling 1d",
                        () -> AveragePooling1D.of(3).strides(2).padding("same").build(),
                        STEPS,
                        Shape.of(4, 4, 2)),
                LayerCase.of("average pooling 2d", () -> new AveragePooling2D(2), IMAGES, Shape.of(4, 3, 3, 2)),
                LayerCase.of(
                        "average pooling 3d",
                        () -> AveragePooling3D.of(2, 3, 1).strides(1).build(),
                        VOLUMES,
                        Shape.of(4, 3, 3, 3, 2)));
    }

    private static List<LayerCase> globalPooling() {
        return List.of(
                LayerCase.of("global max pooling 1d", GlobalMaxPooling1D::new, STEPS, Shape.of(4, 2)),
                LayerCase.of("global max pooling 2d", GlobalMaxPooling2D::new, IMAGES, Shape.of(4, 2)),
                LayerCase.of(
                        "global max pooling 3d, axes kept",
                        () -> new GlobalMaxPooling3D(true),
                        VOLUMES,
                        Shape.of(4, 1, 1, 1, 2)),
                LayerCase.of(
                        "global average pooling 1d, axes kept",
                        () -> new GlobalAveragePooling1D(true),
                        STEPS,
                        Shape.of(4, 1, 2)),
                LayerCase.of("global average pooling 2d", GlobalAveragePooling2D::new, IMAGES, Shape.of(4, 2)),
                LayerCase.of("global average pooling 3d", GlobalAveragePooling3D::new, VOLUMES, Shape.of(4, 2)));
    }

    private static List<LayerCase> adaptivePooling() {
        return List.of(
                LayerCase.of("adaptive max pooling 1d", () -> new AdaptiveMaxPooling1D(3), STEPS, Shape.of(4, 3, 2)),
                LayerCase.of(
                        "adaptive max pooling 2d", () -> new AdaptiveMaxPooling2D(7, 4), IMAGES, Shape.of(4, 7, 4, 2)),
                LayerCase.of(
                        "adaptive max pooling 3d",
                        () -> new AdaptiveMaxPooling3D(2, 3, 1),
                        VOLUMES,
                        Shape.of(4, 2, 3, 1, 2)),
                LayerCase.of(
                        "adaptive average pooling 1d", () -> new AdaptiveAveragePooling1D(9), STEPS, Shape.of(4, 9, 2)),
                LayerCase.of(
                        "adaptive average pooling 2d",
                        () -> new AdaptiveAveragePooling2D(3),
                        IMAGES,
                        Shape.of(4, 3, 3, 2)),
                LayerCase.of(
                        "adaptive average pooling 3d",
                        () -> new AdaptiveAveragePooling3D(4, 2, 3),
                        VOLUMES,
                        Shape.of(4, 4, 2, 3, 2)));
    }
}
