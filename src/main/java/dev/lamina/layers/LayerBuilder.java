package dev.lamina.layers;

import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import java.util.Map;

/**
 * The options that all built-in layers share.
 *
 * @param <B> the builder itself
 * @param <L> the layer it makes
 */
public abstract class LayerBuilder<B extends LayerBuilder<B, L>, L extends Layer> {
    private LayerOptions options = LayerOptions.DEFAULT;

    protected LayerBuilder() {}

    protected abstract B self();

    /** Makes the layer. */
    public abstract L build();

    public final B name(String name) {
        options = options.withName(name);
        return self();
    }

    /** The types to compute in and to keep weights in, by Keras's name; the global policy without it. */
    public final B dtype(String policy) {
        return dtype(DTypePolicy.of(policy));
    }

    public final B dtype(DTypePolicy policy) {
        options = options.withDType(policy);
        return self();
    }

    public final B trainable(boolean trainable) {
        options = options.withTrainable(trainable);
        return self();
    }

    /** A penalty on the outputs, divided by the batch's size and added to the losses at each call. */
    public final B activityRegularizer(Regularizer penalty) {
        options = options.withActivityRegularizer(penalty);
        return self();
    }

    /** By Keras's name, such as {@code "l2"}. */
    public final B activityRegularizer(String penalty) {
        return activityRegularizer(Regularizers.of(penalty));
    }

    final B fromBaseConfig(Map<String, ?> config) {
        options = LayerOptions.fromConfig(config);
        return self();
    }

    final B fromBaseConfig(LayerConfig config) {
        options = LayerOptions.fromConfig(config);
        return self();
    }

    protected final LayerOptions options() {
        return options;
    }
}
