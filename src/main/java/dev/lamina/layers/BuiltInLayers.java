package dev.lamina.layers;

/** The layers of {@code keras.layers} that lie in this package. */
final class BuiltInLayers {
    private BuiltInLayers() {}

    static void register() {
        StandardLayers.register();
        LayerRegistry.builtIn("InputLayer", InputLayer.class, InputLayer::fromConfig);
        LayerRegistry.builtIn("TimeDistributed", TimeDistributed.class, TimeDistributed::fromConfig);
        LayerRegistry.builtIn("Dense", Dense.class, Dense::fromConfig);
        LayerRegistry.builtIn("Activation", Activation.class, Activation::fromConfig);
        LayerRegistry.builtIn("Dropout", Dropout.class, Dropout::fromConfig);
        LayerRegistry.builtIn("Flatten", Flatten.class, Flatten::fromConfig);
        LayerRegistry.builtIn("Reshape", Reshape.class, Reshape::fromConfig);
        LayerRegistry.builtIn("BatchNormalization", BatchNormalization.class, BatchNormalization::fromConfig);
        ImageLayers.register();
    }
}
