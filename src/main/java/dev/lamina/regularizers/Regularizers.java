package dev.lamina.regularizers;

import dev.lamina.config.Config;
import dev.lamina.config.Registry;
import dev.lamina.config.Serialized;
import java.util.Map;

/** The penalties, by factory and by Keras's name. */
public final class Regularizers {
    private static final Registry<Regularizer> REGISTRY = new Registry<Regularizer>("regularizer")
            .register("L1", config -> new L1(config.number("l1", 0.01)))
            .register("L2", config -> new L2(config.number("l2", 0.01)))
            .register("L1L2", config -> new L1L2(config.number("l1", 0), config.number("l2", 0)), "l1_l2")
            .register("OrthogonalRegularizer", OrthogonalRegularizer::fromConfig);

    private Regularizers() {}

    /** {@code factor * sum |w|}. */
    public static Regularizer l1(double factor) {
        return new L1(factor);
    }

    /** {@code factor * sum w^2}. */
    public static Regularizer l2(double factor) {
        return new L2(factor);
    }

    /** {@code l1 * sum |w| + l2 * sum w^2}. */
    public static Regularizer l1l2(double l1, double l2) {
        return new L1L2(l1, l2);
    }

    /** Pushes the rows of a matrix to be orthogonal to each other; {@link OrthogonalRegularizer} has the formula. */
    public static Regularizer orthogonal(double factor) {
        return new OrthogonalRegularizer(factor, OrthogonalRegularizer.Mode.ROWS);
    }

    /** The regularizer of that Keras name with its default arguments, such as {@code "l2"}. */
    public static Regularizer of(String name) {
        return REGISTRY.of(name);
    }

    /** The inverse of {@link Regularizer#config}. */
    public static Regularizer fromConfig(Map<String, ?> config) {
        return REGISTRY.deserialize(config);
    }

    /** Makes a regularizer of your own known to {@link #of} and {@link #fromConfig}. */
    public static void register(String className, Registry.Factory<? extends Regularizer> factory) {
        REGISTRY.register(className, factory);
    }

    static double factor(String name, double factor) {
        if (!(factor >= 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException(
                    "[regularizer] expected " + name + " to be at least 0; received " + factor + ".");
        }
        return factor;
    }

    static Map<String, Object> config(String className, Object... pairs) {
        return new Serialized("keras.regularizers", className, Config.entries(pairs)).toMap();
    }
}
