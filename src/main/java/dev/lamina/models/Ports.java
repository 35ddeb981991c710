package dev.lamina.models;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The inputs or the outputs of a graph of layers: one tensor, a list of them, or tensors by name. Those by name are in
 * the order of their names, as in Keras.
 */
public final class Ports {
    private enum Form {
        ONE,
        LIST,
        NAMED
    }

    private final Form form;
    private final List<String> keys;
    private final List<SymbolicTensor> tensors;

    private Ports(Form form, List<String> keys, List<? extends Tensor> tensors) {
        this.form = form;
        this.keys = List.copyOf(keys);
        List<SymbolicTensor> all = new ArrayList<>();
        for (Tensor tensor : tensors) {
            if (!(tensor instanceof SymbolicTensor symbolic) || !SymbolicTensor.isInGraph(tensor)) {
                throw new IllegalArgumentException("[functional] expected tensors that Input gave, or layers called on"
                        + " such tensors; received \"" + tensor.name() + "\" " + tensor.spec()
                        + ". Start from Input.of(shape).");
            }
            all.add(symbolic);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    "[functional] expected at least one input and one output; received none.");
        }
        this.tensors = List.copyOf(all);
    }

    public static Ports of(Tensor tensor) {
        return new Ports(Form.ONE, List.of(), List.of(tensor));
    }

    public static Ports of(List<? extends Tensor> tensors) {
        return new Ports(Form.LIST, List.of(), tensors);
    }

    public static Ports of(Map<String, ? extends Tensor> tensors) {
        Map<String, Tensor> sorted = new TreeMap<>(tensors);
        return new Ports(Form.NAMED, List.copyOf(sorted.keySet()), List.copyOf(sorted.values()));
    }

    public List<SymbolicTensor> tensors() {
        return tensors;
    }

    boolean isNamed() {
        return form == Form.NAMED;
    }

    /** The names given; without any those of the layers that made the tensors, numbered where a layer made several. */
    public List<String> names() {
        if (isNamed()) {
            return keys;
        }
        List<String> names = new ArrayList<>();
        for (SymbolicTensor tensor : tensors) {
            String base = tensor.node().orElseThrow().name();
            String name = base;
            for (int i = 1; names.contains(name); i++) {
                name = base + "_" + i;
            }
            names.add(name);
        }
        return names;
    }

    /** One for each tensor, as plain data: itself, a list of them, or a map of them by name. */
    Object toConfig(Function<SymbolicTensor, ?> entry) {
        List<Object> entries = new ArrayList<>();
        tensors.forEach(tensor -> entries.add(entry.apply(tensor)));
        return switch (form) {
            case ONE -> entries.get(0);
            case LIST -> entries;
            case NAMED -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (int i = 0; i < entries.size(); i++) {
                    map.put(keys.get(i), entries.get(i));
                }
                yield map;
            }
        };
    }

    /** The inverse of {@link #toConfig} for entries {@code [layer, node, tensor]}. */
    static Ports fromConfig(String key, Object config, Function<List<?>, Tensor> tensor) {
        if (config instanceof Map<?, ?> map) {
            Map<String, Tensor> named = new LinkedHashMap<>();
            map.forEach((name, entry) -> named.put(String.valueOf(name), tensor.apply(list(key, entry))));
            return of(named);
        }
        List<?> list = list(key, config);
        if (list.size() == 3 && list.get(0) instanceof String) {
            return of(tensor.apply(list));
        }
        return of(list.stream().map(entry -> tensor.apply(list(key, entry))).toList());
    }

    private static List<?> list(String key, Object config) {
        if (config instanceof List<?> list && !list.isEmpty()) {
            return list;
        }
        throw new ModelFormatException("[config] expected [layer, node, tensor], or such by name or in a list, for \""
                + key + "\"; received " + config + ".");
    }
}
