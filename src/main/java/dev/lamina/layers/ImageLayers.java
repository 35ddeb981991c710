package dev.lamina.layers;

import java.util.Map;
import java.util.function.Function;

/** Makes the convolution and pooling layers known to the registry, with the other names that Keras has for them. */
final class ImageLayers {
    private ImageLayers() {}

    static void register() {
        convolutions();
        pooling();
        globalPooling();
        adaptivePooling();
    }

    private static void convolutions() {
        register(Conv1D.class, Conv1D::fromConfig);
        register(Conv2D.class, Conv2D::fromConfig);
        register(Conv3D.class, Conv3D::fromConfig);
        register(Conv1DTranspose.class, Conv1DTranspose::fromConfig);
        register(Conv2DTranspose.class, Conv2DTranspose::fromConfig);
        register(Conv3DTranspose.class, Conv3DTranspose::fromConfig);
        register(DepthwiseConv1D.class, DepthwiseConv1D::fromConfig);
        register(DepthwiseConv2D.class, DepthwiseConv2D::fromConfig);
        register(SeparableConv1D.class, SeparableConv1D::fromConfig);
        register(SeparableConv2D.class, SeparableConv2D::fromConfig);
        for (int rank = 1; rank <= 3; rank++) {
            LayerRegistry.alias("Convolution" + rank + "D", "Conv" + rank + "D");
            LayerRegistry.alias("Convolution" + rank + "DTranspose", "Conv" + rank + "DTranspose");
        }
        LayerRegistry.alias("SeparableConvolution1D", "SeparableConv1D");
        LayerRegistry.alias("SeparableConvolution2D", "SeparableConv2D");
    }

    private static void pooling() {
        register(MaxPooling1D.class, MaxPooling1D::fromConfig);
        register(MaxPooling2D.class, MaxPooling2D::fromConfig);
        register(MaxPooling3D.class, MaxPooling3D::fromConfig);
        register(AveragePooling1D.class, AveragePooling1D::fromConfig);
        register(AveragePooling2D.class, AveragePooling2D::fromConfig);
        register(AveragePooling3D.class, AveragePooling3D::fromConfig);
        for (int rank = 1; rank <= 3; rank++) {
            LayerRegistry.alias("MaxPool" + rank + "D", "MaxPooling" + rank + "D");
            LayerRegistry.alias("AvgPool" + rank + "D", "AveragePooling" + rank + "D");
            LayerRegistry.alias("GlobalMaxPool" + rank + "D", "GlobalMaxPooling" + rank + "D");
            LayerRegistry.alias("GlobalAvgPool" + rank + "D", "GlobalAveragePooling" + rank + "D");
        }
    }

    private static void globalPooling() {
        register(GlobalMaxPooling1D.class, GlobalMaxPooling1D::fromConfig);
        register(GlobalMaxPooling2D.class, GlobalMaxPooling2D::fromConfig);
        register(GlobalMaxPooling3D.class, GlobalMaxPooling3D::fromConfig);
        register(GlobalAveragePooling1D.class, GlobalAveragePooling1D::fromConfig);
        register(GlobalAveragePooling2D.class, GlobalAveragePooling2D::fromConfig);
        register(GlobalAveragePooling3D.class, GlobalAveragePooling3D::fromConfig);
    }

    private static void adaptivePooling() {
        register(AdaptiveMaxPooling1D.class, AdaptiveMaxPooling1D::fromConfig);
        register(AdaptiveMaxPooling2D.class, AdaptiveMaxPooling2D::fromConfig);
        register(AdaptiveMaxPooling3D.class, AdaptiveMaxPooling3D::fromConfig);
        register(AdaptiveAveragePooling1D.class, AdaptiveAveragePooling1D::fromConfig);
        register(AdaptiveAveragePooling2D.class, AdaptiveAveragePooling2D::fromConfig);
        register(AdaptiveAveragePooling3D.class, AdaptiveAveragePooling3D::fromConfig);
    }

    private static void register(Class<? extends Layer> type, Function<Map<String, Object>, Layer> factory) {
        LayerRegistry.builtIn(type.getSimpleName(), type, factory);
    }
}
