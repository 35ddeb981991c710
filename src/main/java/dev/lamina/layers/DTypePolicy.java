package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.config.Serialized;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.DType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * In which type a layer computes and in which it keeps its weights. With a mixed policy a layer casts its inputs and
 * its weights to the 16-bit type when it computes, while the weights themselves, what the optimizer does to them and
 * what is saved stay float32.
 *
 * <p>A layer that isn't told its policy takes the global one, float32 unless {@link #setGlobal} changed it:
 *
 * <pre>{@code
 * DTypePolicy.setGlobal("mixed_bfloat16");
 * Model model = Sequential.of(
 *         new Dense(512, "relu"),
 *         Dense.of(10).activation("softmax").dtype("float32").build());
 * }</pre>
 */
public record DTypePolicy(DType compute, DType variable) {
    private static final String POLICY = "DTypePolicy";
    private static final List<String> NAMES =
            List.of("float32", "float64", "bfloat16", "float16", "mixed_bfloat16", "mixed_float16");

    public static final DTypePolicy FLOAT32 = new DTypePolicy(DType.FLOAT32, DType.FLOAT32);
    public static final DTypePolicy FLOAT64 = new DTypePolicy(DType.FLOAT64, DType.FLOAT64);

    private static volatile DTypePolicy global = FLOAT32;

    public DTypePolicy {
        if (!compute.isFloating() || !variable.isFloating()) {
            throw new IllegalArgumentException("[dtype policy] expected floating-point types; received compute "
                    + compute + " and variable " + variable + ".");
        }
        if (compute != variable && (variable != DType.FLOAT32 || compute == DType.FLOAT64)) {
            throw new IllegalArgumentException("[dtype policy] expected one type for all, or to compute in float16 or "
                    + "bfloat16 with variables in float32; received compute " + compute + " and variable " + variable
                    + ".");
        }
    }

    /**
     * The policy of that Keras name: a floating-point type's, {@code mixed_float16} or {@code mixed_bfloat16}; another
     * name is an {@link IllegalArgumentException}.
     */
    public static DTypePolicy of(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException(
                    "[dtype policy] expected one of " + String.join(", ", NAMES) + "; received \"" + name + "\".");
        }
        return switch (name) {
            case "mixed_float16" -> new DTypePolicy(DType.FLOAT16, DType.FLOAT32);
            case "mixed_bfloat16" -> new DTypePolicy(DType.BFLOAT16, DType.FLOAT32);
            default -> {
                DType type = DType.of(name);
                yield new DTypePolicy(type, type);
            }
        };
    }

    /** The policy of layers that are made from now on without one of their own. */
    public static void setGlobal(DTypePolicy policy) {
        global = policy;
    }

    /** As {@link #setGlobal(DTypePolicy)}, by Keras's name. */
    public static void setGlobal(String name) {
        setGlobal(of(name));
    }

    /** The policy of layers that are made without one of their own. */
    public static DTypePolicy global() {
        return global;
    }

    /** Whether it computes in another type than it keeps weights in. */
    public boolean isMixed() {
        return compute != variable;
    }

    /** The policy from Keras's forms: its name, a map of it, or null for the global one. */
    static DTypePolicy fromConfig(@Nullable Object form) {
        Object name = form;
        if (form instanceof Map<?, ?> map
                && (POLICY.equals(map.get("class_name")) || "Policy".equals(map.get("class_name")))
                && map.get("config") instanceof Map<?, ?> config) {
            name = config.get("name");
        }
        if (form == null) {
            return global;
        }
        if (!(name instanceof String text)) {
            throw new ModelFormatException("[config] expected a dtype policy, a name such as \"float32\" or a "
                    + "DTypePolicy; received " + Config.shown(form) + ".");
        }
        try {
            return of(text);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException("[config] expected a dtype policy that Lamina knows. " + e.getMessage(), e);
        }
    }

    /** As Keras writes it into files. */
    Map<String, Object> toConfig() {
        return new Serialized("keras", POLICY, Map.of("name", name())).toMap();
    }

    /** Keras's name. */
    public String name() {
        return compute == variable ? compute.toString() : "mixed_" + compute;
    }

    @Override
    public String toString() {
        return name();
    }
}
