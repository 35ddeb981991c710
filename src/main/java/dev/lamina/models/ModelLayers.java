package dev.lamina.models;

import dev.lamina.layers.LayerProvider;
import dev.lamina.layers.LayerRegistry;

/** Registers the models that are layers too. */
public final class ModelLayers implements LayerProvider {
    @Override
    public void register() {
        LayerRegistry.registerKeras("keras", "Sequential", Sequential.class, Sequential::fromConfig);
        LayerRegistry.registerKeras(
                "keras.src.models.functional", "Functional", Functional.class, Functional::fromConfig);
    }
}
