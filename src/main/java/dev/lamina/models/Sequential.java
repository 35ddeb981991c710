package dev.lamina.models;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.CallOptions;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    /**
     * Adds a layer at the end, with a name that no other layer here has. A model that was built already builds the new
     * layer at the next call; the others keep their weights.
     */
    @SuppressWarnings("ReferenceEquality")
    public Sequential add(Layer layer) {
        if (layers.stream().anyMatch(other -> other != layer && other.name().equals(layer.name()))) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected layers with different names; received a second \"" + layer.name()
                            + "\". Give it a name of its own.");
        }
        layers.add(layer);
        rebuildAtNextCall();
        return this;
    }

    /** Removes the last layer and returns it; it keeps its weights, and is the caller's to close. */
    public Layer pop() {
        if (layers.isEmpty()) {
            throw new IllegalStateException("[" + name() + "] expected a layer to pop; the model has none.");
        }
        rebuildAtNextCall();
        return layers.removeLast();
    }

    @Override
    protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
        List<Tensor> values = inputs;
        CallOptions options = CallOptions.DEFAULT.withMasks(context.masks());
        for (Layer layer : layers) {
            values = layer.apply(values, options);
            options = CallOptions.DEFAULT;
        }
        return values;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    /** None but those that the layers give. */
    @Override
    protected List<Optional<Tensor>> computeMask(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        return layers.isEmpty() ? masks : List.of();
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
            model.add(model.again(entries).orElseGet(() -> LayerRegistry.deserialize(entries)));
        }
        return model;
    }

    /** The layer of that config, if it stands here already: a layer may be used more than once. */
    private Optional<Layer> again(Map<String, Object> entries) {
        return layers.stream()
                .filter(layer -> LayerRegistry.serialize(layer).equals(entries))
                .findFirst();
    }
}
