package dev.lamina.models;

import dev.lamina.layers.CallOptions;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNode;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.runtime.OpNode;
import dev.lamina.tensor.CallNode;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes a graph of layers as Keras 3 does. */
final class FunctionalConfig {
    static final String TENSOR = "__keras_tensor__";

    private final GraphMap graph;

    private FunctionalConfig(GraphMap graph) {
        this.graph = graph;
    }

    static Map<String, Object> write(Functional model) {
        FunctionalConfig writer = new FunctionalConfig(model.graph());
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", model.name());
        config.put("trainable", model.trainable());
        List<Object> layers = new ArrayList<>();
        for (Object callee : model.graph().callees()) {
            layers.add(callee instanceof OpNode op ? writer.op(op) : writer.layer((Layer) callee));
        }
        config.put("layers", layers);
        config.put("input_layers", model.inputPorts().toConfig(writer::end));
        config.put("output_layers", model.outputPorts().toConfig(writer::end));
        return config;
    }

    private Map<String, Object> layer(Layer layer) {
        Map<String, Object> entry = new LinkedHashMap<>(LayerRegistry.serialize(layer));
        entry.put("name", layer.name());
        List<Object> nodes = new ArrayList<>();
        for (CallNode node : graph.nodesOf(layer)) {
            if (node instanceof LayerNode call && !node.isInput()) {
                nodes.add(node(call));
            }
        }
        entry.put("inbound_nodes", nodes);
        return entry;
    }

    private Map<String, Object> op(OpNode op) {
        String className = GraphOps.nameOf(op)
                .orElseThrow(() -> new IllegalStateException("[" + op.name()
                        + "] expected an op that files of graphs know, to write the model's config; received " + op.op()
                        + " outside of any layer. Call it inside of a layer of your own."));
        String name = graph.nameOf(op);
        Map<String, Object> entry = GraphOps.toConfig(className, name);
        entry.put("name", name);
        List<Object> arguments = new ArrayList<>();
        for (Tensor input : op.inputs()) {
            boolean number = input instanceof ConcreteTensor && input.shape().rank() == 0;
            arguments.add(number ? (Object) input.item() : tensor(op, input));
        }
        entry.put("inbound_nodes", List.of(Map.of("args", arguments, "kwargs", Map.of())));
        return entry;
    }

    private Map<String, Object> node(LayerNode call) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("args", List.of(arguments(call)));
        Map<String, Object> options = new LinkedHashMap<>();
        CallOptions given = call.options();
        given.training().ifPresent(training -> options.put("training", training));
        List<Optional<Tensor>> masks = given.masks();
        if (masks.size() == 1) {
            masks.get(0).ifPresent(mask -> options.put("mask", tensor(call, mask)));
        } else if (!masks.isEmpty()) {
            options.put("mask", optional(call, masks));
        }
        node.put("kwargs", options);
        return node;
    }

    @SuppressWarnings("NullAway") // Keras writes null for a mask that is not there, so plain data may hold it.
    private List<Object> optional(LayerNode call, List<Optional<Tensor>> masks) {
        List<Object> entries = new ArrayList<>();
        masks.forEach(mask -> entries.add(mask.map(given -> tensor(call, given)).orElse(null)));
        return entries;
    }

    /** One tensor, a list of several, or those of a model by the names of its inputs. */
    private Object arguments(LayerNode call) {
        List<Tensor> arguments = call.arguments();
        if (call.layer() instanceof Functional model && model.inputPorts().isNamed()) {
            Map<String, Object> named = new LinkedHashMap<>();
            for (int i = 0; i < arguments.size(); i++) {
                named.put(model.inputNames().get(i), tensor(call, arguments.get(i)));
            }
            return named;
        }
        List<Object> tensors = new ArrayList<>();
        arguments.forEach(argument -> tensors.add(tensor(call, argument)));
        return tensors.size() == 1 ? tensors.get(0) : tensors;
    }

    private Map<String, Object> tensor(CallNode call, Tensor tensor) {
        if (!(tensor instanceof SymbolicTensor symbolic) || !SymbolicTensor.isInGraph(tensor)) {
            throw new IllegalStateException(
                    "[" + call.name() + "] expected inputs that come from the model's inputs, to"
                            + " write its config; received the constant " + tensor.spec()
                            + ". Make it a weight of a layer of your own.");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("shape", LayerRegistry.shapeToConfig(tensor.shape()));
        config.put("dtype", tensor.dtype().toString());
        CallNode node = graph.producer(symbolic);
        config.put("keras_history", List.of(graph.nameOf(node), graph.index(node), index(symbolic)));
        return Map.of("class_name", TENSOR, "config", config);
    }

    /** An input that stands inside of another graph is the only output of the input layer that replaces it. */
    private int index(SymbolicTensor tensor) {
        return graph.producer(tensor).isInput() ? 0 : tensor.index();
    }

    /** Keras counts the calls of a nested functional model from 1 here, and only here. */
    private List<Object> end(SymbolicTensor tensor) {
        CallNode node = graph.producer(tensor);
        int shift = node.callee() instanceof Functional ? 1 : 0;
        return List.of(graph.nameOf(node), graph.index(node) + shift, index(tensor));
    }
}
