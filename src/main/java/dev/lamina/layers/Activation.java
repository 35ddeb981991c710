package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Applies an activation to each element (softmax: to each row). */
public final class Activation extends Layer {
    private final ActivationFunction function;

    /** @param name Keras's name, such as {@code "relu"} */
    public Activation(String name) {
        this(Activations.of(name), LayerOptions.DEFAULT);
    }

    public Activation(ActivationFunction function, LayerOptions options) {
        super(options);
        this.function = function;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    /** Keras's functions but those that only choose; what one of the user's own does with them is its affair. */
    @Override
    boolean castsIntegers() {
        return Activations.names().contains(function.name())
                && !List.of("linear", "relu").contains(function.name());
    }

    @Override
    protected Tensor call(Tensor x) {
        return function.apply(x);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("activation", function.name());
        return config;
    }

    static Activation fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new Activation(config.activation("activation"), LayerOptions.fromConfig(config)));
    }
}
