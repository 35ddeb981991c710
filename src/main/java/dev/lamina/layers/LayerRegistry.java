package dev.lamina.layers;

import dev.lamina.config.CloseNames;
import dev.lamina.config.Config;
import dev.lamina.errors.LaminaException;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The layers that can be rebuilt from data, by name, in the form of Keras's {@code serialize_keras_object}. Only what
 * is registered here can come out of a file; class names in files are never loaded.
 */
public final class LayerRegistry {
    /**
     * @param module Keras's module; empty for a layer that Keras doesn't have
     * @param registeredName Keras's name of a registered class, {@code package>Class}; empty for Keras's own
     */
    private record Entry(
            Class<? extends Layer> type,
            String module,
            String registeredName,
            Function<Map<String, Object>, ? extends Layer> factory) {

        /** Keras's own classes have no package; one of another package has only the name in common. */
        private boolean accepts(String registered) {
            return registered.indexOf('>') < 0 || registered.equals(registeredName);
        }
    }

    private static final String KERAS_LAYERS = "keras.layers";
    private static final int MAX_RANK = 32;

    /** By the simple name of the class. */
    private static final Map<String, Entry> ENTRIES = new ConcurrentHashMap<>();

    /** Other names of layers: {@code Convolution2D} is {@code Conv2D}. */
    private static final Map<String, String> ALIASES = new ConcurrentHashMap<>();

    static {
        BuiltInLayers.register();
        ServiceLoader.load(LayerProvider.class, LayerRegistry.class.getClassLoader())
                .forEach(LayerProvider::register);
    }

    private LayerRegistry() {}

    /**
     * Makes a layer of your own known by a name, with the inverse of its {@link Layer#config}.
     *
     * @param name the name that Keras registers its counterpart by, {@code package>Class}, or the class's name alone
     *     for Keras's default package {@code Custom}
     */
    public static void register(
            String name, Class<? extends Layer> type, Function<Map<String, Object>, ? extends Layer> factory) {
        String simple = name.substring(name.lastIndexOf('>') + 1);
        ENTRIES.put(simple, new Entry(type, "", simple.equals(name) ? "Custom>" + name : name, factory));
    }

    /**
     * Makes a class of Keras known.
     *
     * @param module where Keras has it, {@code keras.layers} for instance
     */
    public static void registerKeras(
            String module,
            String name,
            Class<? extends Layer> type,
            Function<Map<String, Object>, ? extends Layer> factory) {
        ENTRIES.put(name, new Entry(type, module, "", factory));
    }

    /** Makes a layer of {@code keras.layers} known. */
    static void builtIn(
            String name, Class<? extends Layer> type, Function<Map<String, Object>, ? extends Layer> factory) {
        registerKeras(KERAS_LAYERS, name, type, factory);
    }

    /** Makes another name known of a layer, which is read but never written. */
    static void alias(String other, String name) {
        ALIASES.put(other, name);
    }

    /** The names of the layers of {@code keras.layers} that Lamina has. */
    static Set<String> kerasLayers() {
        return ENTRIES.entrySet().stream()
                .filter(entry -> entry.getValue().module().equals(KERAS_LAYERS))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The layer as data: {@code module}, {@code class_name}, {@code config}, {@code registered_name} and, once it is
     * built, {@code build_config}. An unregistered class is an {@link IllegalStateException}.
     */
    public static Map<String, Object> serialize(Layer layer) {
        Map.Entry<String, Entry> found = ENTRIES.entrySet().stream()
                .filter(entry -> entry.getValue().type() == layer.getClass())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("[" + layer.name()
                        + "] expected a registered layer, to write its "
                        + "config; received the class " + layer.getClass().getName()
                        + ". Call LayerRegistry.register(name, type, factory) first."));
        Entry entry = found.getValue();
        Map<String, Object> data = Config.entries(
                "module", entry.module().isEmpty() ? Optional.empty() : entry.module(),
                "class_name", found.getKey(),
                "config", layer.config(),
                "registered_name", registeredName(found.getKey(), entry));
        if (layer.isBuilt() && !layer.builtFor().isEmpty()) {
            data.put("build_config", buildConfig(layer.builtFor()));
        }
        return data;
    }

    /** Keras names a class that it does not export by its own name, {@code Functional} for instance. */
    private static Optional<String> registeredName(String name, Entry entry) {
        if (!entry.registeredName().isEmpty()) {
            return Optional.of(entry.registeredName());
        }
        return entry.module().startsWith("keras.src.") ? Optional.of(name) : Optional.empty();
    }

    private static Map<String, Object> buildConfig(List<TensorSpec> inputs) {
        List<List<@Nullable Integer>> shapes =
                inputs.stream().map(input -> shapeToConfig(input.shape())).toList();
        return Map.of("input_shape", shapes.size() == 1 ? shapes.get(0) : shapes);
    }

    /** A shape as Keras writes it: an unknown axis is null. */
    public static List<@Nullable Integer> shapeToConfig(Shape shape) {
        List<@Nullable Integer> sizes = new ArrayList<>();
        for (int size : shape.sizes()) {
            sizes.add(size == Shape.UNKNOWN ? null : size);
        }
        return sizes;
    }

    /** The inverse of {@link #shapeToConfig}; anything but sizes and nulls is a {@link ModelFormatException}. */
    public static Shape shapeFromConfig(List<?> list) {
        if (list.size() > MAX_RANK) {
            throw new ModelFormatException(
                    "[config] expected a shape of at most " + MAX_RANK + " axes; received " + list.size() + ".");
        }
        int[] sizes = new int[list.size()];
        for (int axis = 0; axis < sizes.length; axis++) {
            Object item = list.get(axis);
            if (item != null
                    && !(item instanceof Number size
                            && size.intValue() >= 0
                            && size.doubleValue() == size.intValue())) {
                throw new ModelFormatException("[config] expected sizes of axes in a shape; received " + list + ".");
            }
            sizes[axis] = item instanceof Number size ? size.intValue() : Shape.UNKNOWN;
        }
        return Shape.of(sizes);
    }

    /**
     * Rebuilds a layer from what {@link #serialize} or Keras gave; its weights are fresh. The registry knows which
     * entries of the config were read: one that was not, and is not null, is an option that Lamina lacks.
     *
     * @throws ModelFormatException if the layer is not registered, or its config is not one that Lamina can honour
     */
    public static Layer deserialize(Map<String, ?> data) {
        LayerConfig form = new LayerConfig(data);
        String name = form.text("class_name");
        String registered = form.text("registered_name", name);
        Entry entry = ENTRIES.get(ALIASES.getOrDefault(name, name));
        if (entry == null || !entry.accepts(registered)) {
            throw new ModelFormatException(
                    "[load] expected a registered layer; received \"" + (registered.contains(">") ? registered : name)
                            + "\"." + CloseNames.suggest(name, ENTRIES.keySet())
                            + " Known: " + new TreeSet<>(ENTRIES.keySet())
                            + ". Register your own with LayerRegistry.register(name, type, factory).");
        }
        ReadEntries config = new ReadEntries(form.map("config"));
        Layer layer = make(name, entry, config);
        if (!config.unread().isEmpty()) {
            layer.close();
            throw new ModelFormatException(
                    entry.module().isEmpty()
                            ? "[load] expected the factory of " + name + " to read its whole config; it did not read "
                                    + String.join(", ", config.unread().keySet())
                                    + ". LayerOptions.fromConfig(config), passed to super, reads what every layer has."
                            : "[load] expected options of " + name + " that Lamina has; received "
                                    + Config.shown(config.unread()) + " for \"" + layer.name() + "\".");
        }
        return layer;
    }

    private static Layer make(String name, Entry entry, Map<String, Object> config) {
        try {
            return entry.factory().apply(config);
        } catch (LaminaException e) {
            throw e.addContext("while reading the config of " + name + " \"" + config.get("name") + "\"");
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new ModelFormatException(
                    "[load] expected a config that " + name + " \"" + Config.shown(config.get("name"))
                            + "\" can be made of; it failed: " + e.getMessage(),
                    e);
        } catch (NullPointerException | ClassCastException e) {
            throw new ModelFormatException(
                    "[load] expected a config that the factory of " + name + " can read; received "
                            + Config.shown(config) + ": " + e
                            + ". Does its config() write every entry that its factory reads?",
                    e);
        }
    }
}
