package dev.lamina.models;

import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.runtime.OpNode;
import dev.lamina.tensor.CallNode;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The calls between the inputs and the outputs of a model, in the order of Keras 3 (its {@code map_graph}): by depth,
 * the longest way to an output, and calls of one depth in the order of a depth-first search from the outputs. The order
 * of the layers, and so of the weights, follows from it.
 */
final class GraphMap {
    private final String where;
    private final Ports inputs;
    private final Ports outputs;

    /** What stands for inputs that are no inputs of the graph they come from: an input layer of their own. */
    private final Map<SymbolicTensor, CallNode> entries = new IdentityHashMap<>();

    private final List<CallNode> nodes = new ArrayList<>();
    private final List<Object> callees = new ArrayList<>();
    private final Map<Object, String> opNames = new IdentityHashMap<>();

    /** @param where the model's name, for errors */
    GraphMap(String where, Ports inputs, Ports outputs) {
        this.where = where;
        this.inputs = inputs;
        this.outputs = outputs;
        for (SymbolicTensor input : inputs.tensors()) {
            CallNode node = input.node().orElseThrow();
            if (entries.containsKey(input)) {
                throw new IllegalArgumentException(
                        "[" + where + "] expected different inputs; received \"" + input.name() + "\" twice.");
            }
            entries.put(input, node.isInput() ? node : entry(input));
        }
        map();
        checkConnected();
        checkNames();
    }

    private static CallNode entry(SymbolicTensor tensor) {
        return new InputLayer("", tensor.shape(), tensor.dtype())
                .output()
                .node()
                .orElseThrow();
    }

    /** The calls in an order in which they can be carried out; without the inputs. */
    List<CallNode> calls() {
        return nodes.stream().filter(node -> !node.isInput()).toList();
    }

    /** Inputs and calls. */
    List<CallNode> nodes() {
        return nodes;
    }

    /** The layers, inputs included. */
    List<Layer> layers() {
        return callees.stream()
                .filter(Layer.class::isInstance)
                .map(Layer.class::cast)
                .toList();
    }

    /** The layers, inputs included, and the ops between them: each a {@link Layer} or an {@link OpNode}. */
    List<Object> callees() {
        return callees;
    }

    /** The name of a node's layer or op, which nothing else in this graph has. */
    String nameOf(CallNode node) {
        return opNames.getOrDefault(node.callee(), node.name());
    }

    /** The node that a tensor comes from in this graph. */
    CallNode producer(SymbolicTensor tensor) {
        CallNode entry = entries.get(tensor);
        return entry != null ? entry : tensor.node().orElseThrow();
    }

    /** Which call of its layer a node is within this graph, counted from 0. */
    @SuppressWarnings("ReferenceEquality")
    int index(CallNode node) {
        int index = 0;
        for (CallNode other : nodes) {
            if (other.callee() == node.callee() && other.order() < node.order()) {
                index++;
            }
        }
        return index;
    }

    /** The calls of a layer or an op, the first one first. */
    @SuppressWarnings("ReferenceEquality")
    List<CallNode> nodesOf(Object callee) {
        return nodes.stream()
                .filter(node -> node.callee() == callee)
                .sorted(Comparator.comparingLong(CallNode::order))
                .toList();
    }

    List<CallNode> parents(CallNode node) {
        List<CallNode> parents = new ArrayList<>();
        for (Tensor input : node.inputs()) {
            if (input instanceof SymbolicTensor symbolic && SymbolicTensor.isInGraph(input)) {
                parents.add(producer(symbolic));
            }
        }
        return parents;
    }

    private void map() {
        Map<Object, Integer> firstSeen = new IdentityHashMap<>();
        List<CallNode> found = search(firstSeen);
        Map<CallNode, Integer> depths = new LinkedHashMap<>();
        Map<Object, Integer> calleeDepths = new IdentityHashMap<>();
        for (CallNode node : found.reversed()) {
            int depth = Math.max(depths.getOrDefault(node, 0), calleeDepths.getOrDefault(node.callee(), 0));
            calleeDepths.put(node.callee(), depth);
            depths.put(node, depth);
            for (CallNode parent : parents(node)) {
                depths.merge(parent, depth + 1, Math::max);
            }
        }
        for (SymbolicTensor input : inputs.tensors()) {
            CallNode node = producer(input);
            if (!calleeDepths.containsKey(node.callee())) {
                depths.put(node, 0);
                calleeDepths.put(node.callee(), 0);
                firstSeen.put(node.callee(), -1);
            }
        }
        nodes.addAll(depths.keySet());
        nodes.sort(Comparator.comparingInt((CallNode node) -> depths.get(node)).reversed());
        Set<Object> all = Collections.newSetFromMap(new IdentityHashMap<>());
        nodes.stream().map(CallNode::callee).filter(all::add).forEach(callees::add);
        callees.sort(Comparator.comparingInt((Object callee) -> calleeDepths.get(callee))
                .reversed()
                .thenComparingInt(firstSeen::get));
    }

    /**
     * Depth first from the outputs: each node after those it depends on. Without recursion, for graphs of any depth.
     */
    private List<CallNode> search(Map<Object, Integer> firstSeen) {
        Set<CallNode> done = new LinkedHashSet<>();
        Set<CallNode> opened = new HashSet<>();
        Deque<CallNode> stack = new ArrayDeque<>();
        for (SymbolicTensor output : outputs.tensors()) {
            stack.push(producer(output));
            while (!stack.isEmpty()) {
                CallNode node = stack.peek();
                if (done.contains(node)) {
                    stack.pop();
                } else if (opened.add(node)) {
                    firstSeen.putIfAbsent(node.callee(), firstSeen.size());
                    parents(node).reversed().stream()
                            .filter(parent -> !done.contains(parent))
                            .forEach(stack::push);
                } else {
                    done.add(node);
                    stack.pop();
                }
            }
        }
        return List.copyOf(done);
    }

    private void checkConnected() {
        Set<CallNode> given = Collections.newSetFromMap(new IdentityHashMap<>());
        given.addAll(entries.values());
        for (CallNode node : nodes) {
            for (CallNode parent : parents(node)) {
                if (parent.isInput() && !given.contains(parent)) {
                    throw disconnected("which " + node.name() + " needs", parent);
                }
            }
        }
        for (SymbolicTensor output : outputs.tensors()) {
            if (producer(output).isInput() && !given.contains(producer(output))) {
                throw disconnected("which is an output", producer(output));
            }
        }
    }

    private IllegalArgumentException disconnected(String why, CallNode input) {
        String given = inputs.tensors().stream()
                .map(tensor -> "\"" + tensor.name() + "\"")
                .collect(Collectors.joining(", "));
        return new IllegalArgumentException("[" + where + "] expected outputs that can be computed from the inputs "
                + given + "; received some that depend on the input \"" + input.name() + "\" "
                + input.outputs().get(0).spec() + ", " + why + ". Add it to the inputs of the model.");
    }

    private void checkNames() {
        Set<String> names = new HashSet<>();
        for (Layer layer : layers()) {
            if (!names.add(layer.name())) {
                throw new IllegalArgumentException("[" + where
                        + "] expected layers with different names; received two of the name \"" + layer.name()
                        + "\". Give one a name of its own.");
            }
        }
        for (Object callee : callees) {
            if (callee instanceof OpNode op) {
                String base = GraphOps.nameOf(op).map(LayerNames::snakeCase).orElse(op.name());
                String name = base;
                for (int i = 1; !names.add(name); i++) {
                    name = base + "_" + i;
                }
                opNames.put(op, name);
            }
        }
    }

    /** Whether every node has one input at most and no layer is called twice: a chain. */
    boolean isChain() {
        return nodes.stream().allMatch(node -> node.inputs().size() <= 1)
                && nodes.stream().map(CallNode::callee).distinct().count() == nodes.size()
                && nodes.stream().filter(CallNode::isInput).count() == 1
                && outputs.tensors().size() == 1;
    }

    /** The one call of a layer here; more or none are an error. */
    Optional<CallNode> onlyCall(Layer layer) {
        List<CallNode> calls = nodesOf(layer);
        return calls.size() == 1 ? Optional.of(calls.get(0)) : Optional.empty();
    }
}
