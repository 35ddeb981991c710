package dev.lamina.layers;

import dev.lamina.errors.ModelFormatException;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The layers that can be rebuilt from data, by name. Only what is registered here can come out of a file; class names
 * in files are never loaded.
 */
public final class LayerRegistry {
    private record Entry(Class<? extends Layer> type, Function<Map<String, Object>, Layer> factory) {}

    private static final Map<String, Entry> ENTRIES = new ConcurrentHashMap<>();

    static {
        register("Dense", Dense.class, Dense::fromConfig);
        register("Activation", Activation.class, Activation::fromConfig);
        register("Dropout", Dropout.class, Dropout::fromConfig);
        register("Flatten", Flatten.class, Flatten::fromConfig);
        register("Reshape", Reshape.class, Reshape::fromConfig);
        register("BatchNormalization", BatchNormalization.class, BatchNormalization::fromConfig);
        register("Conv2D", Conv2D.class, Conv2D::fromConfig);
        register("MaxPooling2D", MaxPooling2D.class, MaxPooling2D::fromConfig);
        ServiceLoader.load(LayerProvider.class, LayerRegistry.class.getClassLoader())
                .forEach(LayerProvider::register);
    }

    private LayerRegistry() {}

    /** Makes a layer known by a name, with the inverse of its {@link Layer#config}. */
    public static void register(
            String name, Class<? extends Layer> type, Function<Map<String, Object>, Layer> factory) {
        ENTRIES.put(name, new Entry(type, factory));
    }

    /** The name and the config of a layer; an unregistered class is an {@link IllegalStateException}. */
    public static Map<String, Object> serialize(Layer layer) {
        String name = ENTRIES.entrySet().stream()
                .filter(entry -> entry.getValue().type() == layer.getClass())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("[" + layer.name()
                        + "] expected a registered layer, to write its "
                        + "config; received the class " + layer.getClass().getName()
                        + ". Call LayerRegistry.register(name, type, factory) first."));
        return Map.of("class_name", name, "config", layer.config());
    }

    /** Rebuilds a layer from what {@link #serialize} gave; its weights are fresh. */
    public static Layer deserialize(Map<String, ?> data) {
        LayerConfig config = new LayerConfig(data);
        String name = config.text("class_name");
        Entry entry = ENTRIES.get(name);
        if (entry == null) {
            throw new ModelFormatException(
                    "[load] expected a registered layer; received \"" + name + "\"." + close(name)
                            + " Known: " + new TreeSet<>(ENTRIES.keySet())
                            + ". Register your own with LayerRegistry.register(name, type, factory).");
        }
        return entry.factory().apply(config.map("config"));
    }

    private static String close(String name) {
        List<String> close = ENTRIES.keySet().stream()
                .filter(known ->
                        distance(known.toLowerCase(java.util.Locale.ROOT), name.toLowerCase(java.util.Locale.ROOT))
                                <= Math.max(1, name.length() / 3))
                .sorted()
                .toList();
        return close.isEmpty() ? "" : " Did you mean " + String.join(" or ", close) + "?";
    }

    /** The number of letters to insert, delete or replace (Levenshtein, 1966). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
