package dev.lamina.layers;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * A function as a layer. The function must be registered by a name, which is all that files hold of it:
 *
 * <pre>{@code
 * Lambda.register("halve", x -> Ops.multiply(x, 0.5));
 * Layer layer = new Lambda("halve");
 * }</pre>
 */
public final class Lambda extends Layer {
    private static final Map<String, UnaryOperator<Tensor>> KNOWN = new ConcurrentHashMap<>();

    private final String functionName;
    private final transient UnaryOperator<Tensor> function;

    /** @param functionName what the function was registered by */
    public Lambda(String functionName) {
        this(functionName, LayerOptions.DEFAULT);
    }

    public Lambda(String functionName, LayerOptions options) {
        super(options);
        UnaryOperator<Tensor> known = KNOWN.get(functionName);
        if (known == null) {
            throw new IllegalArgumentException("[" + name() + "] expected a registered function, one of "
                    + new TreeMap<>(KNOWN).keySet() + "; received \"" + functionName
                    + "\". Add it with Lambda.register(name, function).");
        }
        this.functionName = functionName;
        this.function = known;
    }

    /** Makes a function of {@link Ops} known by a name; a later one replaces an earlier one. */
    public static void register(String name, UnaryOperator<Tensor> function) {
        KNOWN.put(name, function);
    }

    @Override
    protected Tensor call(Tensor x) {
        return function.apply(x);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put(
                "function",
                Map.of(
                        "module", "builtins",
                        "class_name", "function",
                        "config", functionName,
                        "registered_name", "function"));
        config.put("arguments", Map.of());
        return config;
    }

    /** Python code in a file is refused. */
    static Lambda fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            LayerConfig function = new LayerConfig(
                    config.value("function") instanceof String name
                            ? Map.of("class_name", "function", "config", name)
                            : config.map("function"));
            if (!"function".equals(function.text("class_name", "function"))) {
                throw new ModelFormatException("[config] expected the name of a registered function for \"function\"; "
                        + "received code, which is never run. Register a function of that meaning by Lambda.register, "
                        + "and write its name into the file.");
            }
            if (config.has("arguments") && !config.map("arguments").isEmpty()) {
                throw new ModelFormatException("[config] expected no \"arguments\" of a Lambda; received "
                        + config.map("arguments") + ". Register a function that has them fixed.");
            }
            config.ignore("output_shape");
            return new Lambda(function.text("config"), LayerOptions.fromConfig(config));
        });
    }
}
