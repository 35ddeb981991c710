package dev.lamina.layers;

import dev.lamina.runtime.Execution;
import dev.lamina.tensor.CallNode;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A call of a layer in a graph of layers. Its inputs are the layer's, then the masks that were given by hand. */
public final class LayerNode extends CallNode {
    private final Layer layer;
    private final int arguments;
    private final CallOptions options;

    private LayerNode(Layer layer, List<Tensor> arguments, CallOptions options, List<Tensor> results) {
        super(layer.name(), withMasks(arguments, options), results);
        this.layer = layer;
        this.arguments = arguments.size();
        this.options = options;
    }

    /** An input of a graph. */
    static LayerNode input(InputLayer layer, Tensor output) {
        return new LayerNode(layer, List.of(), CallOptions.DEFAULT, List.of(output));
    }

    private static List<Tensor> withMasks(List<Tensor> arguments, CallOptions options) {
        List<Tensor> all = new ArrayList<>(arguments);
        options.masks().forEach(mask -> mask.ifPresent(all::add));
        return all;
    }

    static boolean isForGraph(List<Tensor> arguments, CallOptions options) {
        for (Tensor argument : arguments) {
            if (SymbolicTensor.isInGraph(argument)) {
                return true;
            }
        }
        for (Optional<Tensor> mask : options.masks()) {
            if (mask.isPresent() && SymbolicTensor.isInGraph(mask.get())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Calls the layer on symbolic tensors, and makes a node of it. Inside of the call nothing is recorded: it sees
     * tensors that belong to no graph.
     */
    static List<Tensor> record(Layer layer, List<Tensor> arguments, CallOptions options) {
        List<Tensor> plain = arguments.stream().map(LayerNode::plain).toList();
        CallOptions plainOptions = options.withMasks(
                options.masks().stream().map(mask -> mask.map(LayerNode::plain)).toList());
        List<Tensor> results = Execution.symbolically(() -> LayerCall.run(layer, plain, plainOptions));
        return List.copyOf(new LayerNode(layer, arguments, options, results).outputs());
    }

    private static Tensor plain(Tensor tensor) {
        if (!SymbolicTensor.isInGraph(tensor)) {
            return tensor;
        }
        SymbolicTensor plain = new SymbolicTensor(tensor.name(), tensor.spec());
        tensor.mask().ifPresent(plain::setMask);
        return plain;
    }

    public Layer layer() {
        return layer;
    }

    /** What the layer was called on. */
    public List<Tensor> arguments() {
        return inputs().subList(0, arguments);
    }

    /** What the call was told beside them. */
    public CallOptions options() {
        return options;
    }

    @Override
    public List<Tensor> call(List<Tensor> values) {
        int at = arguments;
        List<Optional<Tensor>> masks = new ArrayList<>();
        for (Optional<Tensor> mask : options.masks()) {
            masks.add(mask.isPresent() ? Optional.of(values.get(at++)) : Optional.empty());
        }
        return layer.apply(values.subList(0, arguments), options.withMasks(masks));
    }

    @Override
    public Object callee() {
        return layer;
    }
}
