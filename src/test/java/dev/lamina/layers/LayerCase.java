package dev.lamina.layers;

import dev.lamina.tensor.Shape;
import java.util.function.Supplier;

/** A layer that must hold the contract of {@link LayerContractTest}, with an input and the shape that it must give. */
record LayerCase(String name, Supplier<Layer> layer, Shape input, Shape output) {}
