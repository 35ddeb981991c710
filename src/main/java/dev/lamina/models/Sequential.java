package dev.lamina.models;

import dev.lamina.layers.CallContext;
import dev.lamina.layers.CallOptions;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerConfig;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Layers one after the other. Built at the first data, or by {@link #buildFor}. */
public final class Sequential extends Model {
    private final List<Layer> layers = new ArrayList<>();
    private String inputName = "input_layer";

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

    /** As Keras has it: a built model's input is its first layer. */
    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>(super.config());
        List<Map<String, Object>> list = new ArrayList<>();
        Optional<TensorSpec> input =
                builtFor().size() == 1 ? Optional.of(builtFor().get(0)) : Optional.empty();
        input.ifPresent(spec -> list.add(SequentialInput.toConfig(inputName, spec)));
        layers.forEach(layer -> list.add(LayerRegistry.serialize(layer)));
        config.put("layers", list);
        input.ifPresent(spec -> config.put("build_input_shape", LayerRegistry.shapeToConfig(spec.shape())));
        return config;
    }

    /** The inverse of {@link #config}, built where the input is known; weights are fresh. */
    public static Sequential fromConfig(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        Sequential model = new Sequential(LayerOptions.fromConfig(entries));
        Optional<TensorSpec> input = SequentialInput.ofShape(config, "build_input_shape", model.computeDType());
        boolean first = true;
        for (Object item : config.list("layers")) {
            Map<String, Object> form = new LayerConfig(Collections.singletonMap("layers", item)).map("layers");
            if (first && SequentialInput.isInput(form)) {
                LayerConfig inputConfig = new LayerConfig(new LayerConfig(form).map("config"));
                input = SequentialInput.of(inputConfig);
                model.inputName = inputConfig.text("name", model.inputName);
            } else {
                model.add(model.again(form).orElseGet(() -> LayerRegistry.deserialize(form)));
            }
            first = false;
        }
        input.ifPresent(spec -> model.computeOutputSpecs(List.of(spec)));
        return model;
    }

    /** The layer of that name, if it stands here already: a layer may be used more than once. */
    private Optional<Layer> again(Map<String, Object> form) {
        Object name = form.get("config") instanceof Map<?, ?> config ? config.get("name") : "";
        return layers.stream().filter(layer -> layer.name().equals(name)).findFirst();
    }
}
