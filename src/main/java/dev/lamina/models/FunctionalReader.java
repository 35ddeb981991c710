package dev.lamina.models;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.CallOptions;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.tensor.CallNode;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Makes a graph of layers from its config, in the form of Keras 3 or in that of Keras 2. */
final class FunctionalReader {
    private final Config config;
    private final Map<String, Part> parts = new LinkedHashMap<>();

    /** What a call is made of. */
    private interface Callee {
        List<Tensor> call(List<Object> arguments, CallOptions options);
    }

    /**
     * A layer or an op, the calls of it that are still to be made, and those that have been.
     *
     * @param layer none for an op
     */
    private record Part(Optional<Layer> layer, Callee callee, Deque<Object> waiting, List<CallNode> made) {
        boolean is(Class<? extends Layer> type) {
            return layer.filter(type::isInstance).isPresent();
        }
    }

    FunctionalReader(Map<String, ?> entries) {
        config = new Config("functional", entries);
    }

    Functional read() {
        for (Object entry : list("layers", config.get("layers").orElse(List.of()))) {
            addLayer(map("layers", entry));
        }
        // A call can be made once those it depends on have been; layers may stand in any order, and be called again.
        boolean progress = true;
        while (progress) {
            progress = false;
            for (Part part : parts.values()) {
                progress |= callWhatCanBe(part);
            }
        }
        List<String> stuck = parts.entrySet().stream()
                .filter(entry -> !entry.getValue().waiting().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        if (!stuck.isEmpty()) {
            throw new ModelFormatException(
                    "[functional] expected a graph of layers without loops and gaps; the inputs of"
                            + " these layers can't be found: " + stuck + ".");
        }
        LayerOptions options =
                LayerOptions.named(config.text("name", "")).withTrainable(config.flag("trainable", true));
        return Functional.of(
                ends("input_layers"),
                ends("output_layers"),
                policy().map(options::withDType).orElse(options));
    }

    /**
     * The policy that all layers have. The config of a graph says none, and whether a loss is scaled must not depend on
     * the one that is global when the model is loaded.
     */
    private Optional<DTypePolicy> policy() {
        Set<DTypePolicy> policies = parts.values().stream()
                .filter(part -> !part.is(InputLayer.class))
                .flatMap(part -> part.layer().stream())
                .map(Layer::dtypePolicy)
                .collect(Collectors.toSet());
        return policies.size() == 1 ? policies.stream().findAny() : Optional.empty();
    }

    private void addLayer(Map<String, Object> entry) {
        Config form = new Config("functional", entry);
        Deque<Object> waiting = new ArrayDeque<>();
        list("inbound_nodes", entry.getOrDefault("inbound_nodes", List.of())).forEach(waiting::add);
        List<CallNode> made = new ArrayList<>();
        String name;
        Part part;
        if (GraphOps.isOp(entry)) {
            Map<String, Object> own = form.map("config");
            name = form.text("name");
            String className = form.text("class_name");
            Callee op = (arguments, options) -> List.of(GraphOps.apply(className, new Config(name, own), arguments));
            part = new Part(Optional.empty(), op, waiting, made);
        } else {
            Layer layer = LayerRegistry.deserialize(entry);
            name = form.has("name") ? form.text("name") : layer.name();
            Callee call = (arguments, options) -> apply(layer, arguments, options);
            part = new Part(Optional.of(layer), call, waiting, made);
            if (layer instanceof InputLayer input) {
                input.output().node().ifPresent(made::add);
            }
        }
        if (parts.put(name, part) != null) {
            throw new ModelFormatException(
                    "[functional] expected layers with different names; received two of the name \"" + name + "\".");
        }
    }

    private static List<Tensor> apply(Layer layer, List<Object> arguments, CallOptions options) {
        List<Tensor> tensors = new ArrayList<>();
        for (Object argument : arguments) {
            if (!(argument instanceof Tensor tensor)) {
                throw new ModelFormatException("[functional] expected tensors as arguments of the layer \""
                        + layer.name() + "\"; received " + argument + ".");
            }
            tensors.add(tensor);
        }
        return layer.apply(tensors, options);
    }

    private boolean callWhatCanBe(Part part) {
        boolean progress = false;
        while (!part.waiting().isEmpty()) {
            Optional<Call> call = call(part.waiting().peek());
            if (call.isEmpty()) {
                return progress;
            }
            part.waiting().remove();
            List<Tensor> outputs =
                    part.callee().call(call.get().arguments(), call.get().options());
            ((SymbolicTensor) outputs.get(0)).node().ifPresent(part.made()::add);
            progress = true;
        }
        return progress;
    }

    private record Call(List<Object> arguments, CallOptions options) {}

    /** A tensor that is not there yet. */
    private static final class NotYet extends Exception {
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private Optional<Call> call(Object node) {
        List<Object> arguments = new ArrayList<>();
        CallOptions options = CallOptions.DEFAULT;
        try {
            if (node instanceof List<?> legacy) {
                for (Object input : legacy) {
                    arguments.add(legacyTensor(list("inbound_nodes", input)));
                }
            } else {
                Map<String, Object> data = map("inbound_nodes", node);
                collect(data.getOrDefault("args", List.of()), arguments);
                options = options(map("kwargs", data.getOrDefault("kwargs", Map.of())));
            }
        } catch (NotYet e) {
            return Optional.empty();
        }
        if (arguments.isEmpty()) {
            throw new ModelFormatException("[functional] expected a call with inputs; received " + node + ".");
        }
        return Optional.of(new Call(arguments, options));
    }

    /** Tensors and numbers of nested lists in their order, those of maps in the order of their keys. */
    private void collect(Object value, List<Object> found) throws NotYet {
        if (value instanceof List<?> list) {
            for (Object item : list) {
                collect(item, found);
            }
        } else if (isTensor(value)) {
            found.add(tensor(value));
        } else if (value instanceof Number) {
            found.add(value);
        } else if (value instanceof Map<?, ?> map && !map.containsKey("class_name")) {
            for (Object item : new TreeMap<>(map("args", map)).values()) {
                collect(item, found);
            }
        } else {
            throw new ModelFormatException(
                    "[functional] expected tensors as arguments of a call; received " + value + ".");
        }
    }

    private CallOptions options(Map<String, Object> given) throws NotYet {
        CallOptions options = CallOptions.DEFAULT;
        for (Map.Entry<String, Object> entry : given.entrySet()) {
            Object value = entry.getValue();
            if (value == null) {
                continue;
            }
            if (entry.getKey().equals("training") && value instanceof Boolean training) {
                options = CallOptions.training(training).withMasks(options.masks());
            } else if (entry.getKey().equals("mask") && isTensor(value)) {
                options = options.withMasks(List.of(Optional.of(tensor(value))));
            } else if (entry.getKey().equals("mask") && value instanceof List<?> list) {
                List<Optional<Tensor>> masks = new ArrayList<>();
                for (Object item : list) {
                    masks.add(item == null ? Optional.empty() : Optional.of(tensor(item)));
                }
                options = options.withMasks(masks);
            } else {
                throw new ModelFormatException(
                        "[functional] expected calls with the options training and mask; received \"" + entry.getKey()
                                + "\": " + value + ".");
            }
        }
        return options;
    }

    private static boolean isTensor(Object value) {
        return value instanceof Map<?, ?> map && FunctionalConfig.TENSOR.equals(map.get("class_name"));
    }

    private Tensor tensor(Object value) throws NotYet {
        Map<String, Object> data = map("config", map("tensor", value).getOrDefault("config", Map.of()));
        List<?> history = list("keras_history", data.getOrDefault("keras_history", List.of()));
        return output(history, number(history, 1), number(history, 2));
    }

    /** Keras 2: {@code [layer, node, tensor, options]}, calls of nested models counted from 1. */
    private Tensor legacyTensor(List<?> history) throws NotYet {
        if (history.size() > 3 && history.get(3) instanceof Map<?, ?> options && !options.isEmpty()) {
            throw new ModelFormatException(
                    "[functional] expected calls without options in a file of Keras 2; received " + history + ".");
        }
        boolean nested = part(history).is(Model.class);
        return output(history, number(history, 1) - (nested ? 1 : 0), number(history, 2));
    }

    private Part part(List<?> history) {
        Part part = history.isEmpty() ? null : parts.get(String.valueOf(history.get(0)));
        if (part == null) {
            throw new ModelFormatException("[functional] expected the output of one of the layers " + parts.keySet()
                    + "; received " + history + ".");
        }
        return part;
    }

    private Tensor output(List<?> history, int node, int tensor) throws NotYet {
        List<CallNode> made = part(history).made();
        if (node >= made.size()) {
            throw new NotYet();
        }
        if (node < 0 || tensor < 0 || tensor >= made.get(node).outputs().size()) {
            throw new ModelFormatException(
                    "[functional] expected an output that the layer has; received " + history + ".");
        }
        return made.get(node).outputs().get(tensor);
    }

    private static int number(List<?> history, int at) {
        if (at < history.size() && history.get(at) instanceof Number number) {
            return number.intValue();
        }
        throw new ModelFormatException("[functional] expected [layer, node, tensor]; received " + history + ".");
    }

    private Ports ends(String key) {
        return Ports.fromConfig(key, config.get(key).orElse(List.of()), entry -> {
            int shift = part(entry).is(Functional.class) ? 1 : 0;
            try {
                return output(entry, number(entry, 1) - shift, number(entry, 2));
            } catch (NotYet e) {
                throw new ModelFormatException(
                        "[functional] expected an output of a call for \"" + key + "\"; received " + entry + ".", e);
            }
        });
    }

    private static List<?> list(String key, Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new ModelFormatException("[functional] expected a list for \"" + key + "\"; received " + value + ".");
    }

    private static Map<String, Object> map(String key, Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> entries = new LinkedHashMap<>();
            map.forEach((name, entry) -> entries.put(String.valueOf(name), entry));
            return entries;
        }
        throw new ModelFormatException("[functional] expected a map for \"" + key + "\"; received " + value + ".");
    }
}
