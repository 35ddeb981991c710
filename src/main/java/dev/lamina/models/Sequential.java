package dev.lamina.models;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Layers one after the other. Built at the first data, or by {@link #buildFor}. */
public final class Sequential extends Model {
    private final List<Layer> layers = new ArrayList<>();

    public Sequential() {
        this(LayerOptions.DEFAULT);
    }

    public Sequential(LayerOptions options) {
        super(options);
    }

    public static Sequential of(Layer... layers) {
        Sequential model = new Sequential();
        for (Layer layer : layers) {
            model.add(layer);
        }
        return model;
    }

    /** Adds a layer at the end; before the model is built, and with a name that no other layer here has. */
    @SuppressWarnings("ReferenceEquality")
    public Sequential add(Layer layer) {
        requireUnbuilt("add");
        if (layers.stream().anyMatch(other -> other != layer && other.name().equals(layer.name()))) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected layers with different names; received a second \"" + layer.name()
                            + "\". Give it a name of its own.");
        }
        layers.add(layer);
        return this;
    }

    /** Removes the last layer and returns it; before the model is built. */
    public Layer pop() {
        requireUnbuilt("pop");
        if (layers.isEmpty()) {
            throw new IllegalStateException("[" + name() + "] expected a layer to pop; the model has none.");
        }
        return layers.removeLast();
    }

    private void requireUnbuilt(String what) {
        if (isBuilt()) {
            throw new IllegalStateException("[" + name() + "] expected " + what
                    + " before the model is built; it is built. " + "Make a new Sequential of its layers.");
        }
    }

    @Override
    protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
        List<Tensor> values = inputs;
        for (Layer layer : layers) {
            values = layer.apply(values);
        }
        return values;
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>(super.config());
        config.put("layers", layers.stream().map(LayerRegistry::serialize).toList());
        return config;
    }

    /** The inverse of {@link #config}; weights are fresh. */
    public static Sequential fromConfig(Map<String, ?> config) {
        Sequential model = new Sequential(LayerOptions.fromConfig(config));
        if (!(config.get("layers") instanceof List<?> list)) {
            throw new ModelFormatException(
                    "[config] expected a list \"layers\"; received " + config.get("layers") + ".");
        }
        for (Object item : list) {
            if (!(item instanceof Map<?, ?> map)) {
                throw new ModelFormatException("[config] expected a map for each layer; received " + item + ".");
            }
            Map<String, Object> entries = new LinkedHashMap<>();
            map.forEach((key, value) -> entries.put(String.valueOf(key), value));
            model.add(LayerRegistry.deserialize(entries));
        }
        return model;
    }
}
