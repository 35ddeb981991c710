package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.config.Registry;
import java.util.Locale;
import java.util.Map;

/** The optimizers by Keras's names. */
public final class Optimizers {
    private static final Registry<Optimizer> REGISTRY =
            new Registry<>("optimizer", "Optimizers.register(name, factory)", "Optimizers.options(defaults, config)");

    static {
        add("SGD", SGD::fromConfig);
        add("RMSprop", RMSprop::fromConfig);
        add("Adam", Adam::fromConfig);
        add("AdamW", AdamW::fromConfig);
        add("Adagrad", Adagrad::fromConfig);
        add("Adadelta", Adadelta::fromConfig);
        add("Adamax", Adamax::fromConfig);
        add("Nadam", Nadam::fromConfig);
        add("Ftrl", Ftrl::fromConfig);
        add("Lion", Lion::fromConfig);
        add("Adafactor", Adafactor::fromConfig);
        add("Lamb", Lamb::fromConfig);
        add("Muon", Muon::fromConfig);
        add("LossScaleOptimizer", LossScaleOptimizer::fromConfig);
    }

    private Optimizers() {}

    /** Keras takes these names in lower case, too. */
    private static void add(String className, Registry.Factory<? extends Optimizer> factory) {
        REGISTRY.register(className, factory, className.toLowerCase(Locale.ROOT));
    }

    /** The optimizer of that Keras name, such as {@code "adam"}, with its default arguments. */
    public static Optimizer of(String name) {
        return REGISTRY.of(name);
    }

    /** The optimizer as Keras writes it: class name and {@link Optimizer#config}. Its variables are not in it. */
    public static Map<String, Object> serialize(Optimizer optimizer) {
        return REGISTRY.serialize(
                "keras.optimizers",
                Optimizer.class.getPackage(),
                optimizer.getClass(),
                optimizer.getClass().getSimpleName(),
                optimizer.config());
    }

    /** The inverse of {@link #serialize}; its variables are fresh. */
    public static Optimizer deserialize(Map<String, ?> data) {
        return REGISTRY.deserialize(data);
    }

    /**
     * Makes an optimizer of your own known to {@link #of} and {@link #deserialize}.
     *
     * @param className its class's simple name, with Keras's package before it unless that is {@code Custom}:
     *     {@code package>Class}
     */
    public static void register(String className, Registry.Factory<? extends Optimizer> factory) {
        REGISTRY.registerOwn(className, factory);
    }

    /** The shared options in a config, for the factory of an optimizer of your own. */
    public static OptimizerOptions options(OptimizerOptions defaults, Config config) {
        return defaults.withConfig(config);
    }
}
