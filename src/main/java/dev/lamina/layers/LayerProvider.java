package dev.lamina.layers;

/**
 * Registers layers when the registry is first used; found by {@link java.util.ServiceLoader}. For libraries of layers,
 * and for those of Lamina's that the registry can't know.
 */
public interface LayerProvider {
    /** Calls {@link LayerRegistry#register} for each layer. */
    void register();
}
