package dev.lamina.constraints;

import dev.lamina.config.Registry;
import java.util.Map;

/** The constraints by Keras's names. */
public final class Constraints {
    private static final Registry<Constraint> REGISTRY = new Registry<Constraint>("constraint")
            .register("MaxNorm", MaxNorm::fromConfig)
            .register("MinMaxNorm", MinMaxNorm::fromConfig)
            .register("NonNeg", config -> new NonNeg())
            .register("UnitNorm", UnitNorm::fromConfig);

    private Constraints() {}

    /** The constraint of that Keras name with its default arguments, such as {@code "non_neg"}. */
    public static Constraint of(String name) {
        return REGISTRY.of(name);
    }

    /** The inverse of {@link Constraint#config}. */
    public static Constraint fromConfig(Map<String, ?> config) {
        return REGISTRY.deserialize(config);
    }

    /** Makes a constraint of your own known to {@link #of} and {@link #fromConfig}. */
    public static void register(String className, Registry.Factory<? extends Constraint> factory) {
        REGISTRY.register(className, factory);
    }
}
