package dev.lamina.layers;

import dev.lamina.regularizers.Regularizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What every layer can be told at its construction.
 *
 * @param name empty for a name made from the class: {@code dense}, {@code dense_1}
 * @param dtype empty for the policy that is global when the layer is made ({@link DTypePolicy#global})
 * @param activityRegularizer a penalty on the outputs, divided by the batch's size and added to the losses at each call
 */
public record LayerOptions(
        String name, Optional<DTypePolicy> dtype, boolean trainable, Optional<Regularizer> activityRegularizer) {
    /** A name made from the class, the global policy, trainable, no penalty. */
    public static final LayerOptions DEFAULT = new LayerOptions("", Optional.empty(), true, Optional.empty());

    private static final String ACTIVITY_REGULARIZER = "activity_regularizer";

    public LayerOptions {
        if (name.contains("/")) {
            throw new IllegalArgumentException(
                    "[layer] expected a name without \"/\", which separates the names in a path; " + "received \""
                            + name + "\".");
        }
    }

    /** Without a penalty on the outputs. */
    public LayerOptions(String name, DTypePolicy dtype, boolean trainable) {
        this(name, Optional.of(dtype), trainable, Optional.empty());
    }

    /** What the layer computes in and keeps its weights in. */
    DTypePolicy policy() {
        return dtype.orElseGet(DTypePolicy::global);
    }

    public static LayerOptions named(String name) {
        return DEFAULT.withName(name);
    }

    public LayerOptions withName(String newName) {
        return new LayerOptions(newName, dtype, trainable, activityRegularizer);
    }

    public LayerOptions withDType(DTypePolicy policy) {
        return new LayerOptions(name, Optional.of(policy), trainable, activityRegularizer);
    }

    /** By Keras's name, such as {@code "mixed_bfloat16"}. */
    public LayerOptions withDType(String policy) {
        return withDType(DTypePolicy.of(policy));
    }

    public LayerOptions withTrainable(boolean newTrainable) {
        return new LayerOptions(name, dtype, newTrainable, activityRegularizer);
    }

    public LayerOptions withActivityRegularizer(Regularizer penalty) {
        return new LayerOptions(name, dtype, trainable, Optional.of(penalty));
    }

    /** From the entries that {@link Layer#config} or Keras writes. */
    public static LayerOptions fromConfig(Map<String, ?> config) {
        LayerConfig entries = new LayerConfig(config);
        return new LayerOptions(
                entries.text("name", ""),
                Optional.of(DTypePolicy.fromConfig(config.get("dtype"))),
                entries.flag("trainable", true),
                entries.regularizer(ACTIVITY_REGULARIZER));
    }

    static LayerOptions fromConfig(LayerConfig config) {
        return fromConfig(config.entries());
    }

    Map<String, Object> toConfig() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", name);
        config.put("trainable", trainable);
        config.put("dtype", policy().toConfig());
        activityRegularizer.ifPresent(penalty -> config.put(ACTIVITY_REGULARIZER, penalty.config()));
        return config;
    }
}
