package dev.lamina.models;

import dev.lamina.errors.ShapeException;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.CallNode;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model that is a graph of layers, made from inputs and outputs alone: the calls between them are found from what the
 * tensors remember.
 *
 * <pre>{@code
 * SymbolicTensor a = Input.named("a", Shape.of(4));
 * SymbolicTensor b = Input.named("b", Shape.of(4));
 * Dense shared = new Dense(5, "relu");
 * Tensor sum = Ops.add(shared.apply(a), shared.apply(b));
 * Model model = Functional.of(List.of(a, b), new Dense(2).apply(sum));
 * }</pre>
 *
 * Layers may be called more than once, be models themselves, and belong to several models. An input may be any tensor
 * of a graph: the model then begins there.
 */
public final class Functional extends Model {
    /** The parts of this model, which are found by looking at the fields. */
    @SuppressWarnings("UnusedVariable")
    private final List<Layer> layers;

    private final transient GraphMap graph;
    private final transient Ports inputs;
    private final transient Ports outputs;

    private Functional(Ports inputs, Ports outputs, LayerOptions options) {
        super(options);
        this.inputs = inputs;
        this.outputs = outputs;
        graph = new GraphMap(name(), inputs, outputs);
        layers = List.copyOf(graph.layers());
        buildFor(inputs.tensors().stream().map(Tensor::spec).toList());
    }

    /** A model of one input and one output. */
    public static Functional of(Tensor input, Tensor output) {
        return of(Ports.of(input), Ports.of(output), LayerOptions.DEFAULT);
    }

    /** A model of inputs and outputs in this order. */
    public static Functional of(List<? extends Tensor> inputs, List<? extends Tensor> outputs) {
        return of(Ports.of(inputs), Ports.of(outputs), LayerOptions.DEFAULT);
    }

    public static Functional of(List<? extends Tensor> inputs, Tensor output) {
        return of(Ports.of(inputs), Ports.of(output), LayerOptions.DEFAULT);
    }

    public static Functional of(Tensor input, List<? extends Tensor> outputs) {
        return of(Ports.of(input), Ports.of(outputs), LayerOptions.DEFAULT);
    }

    public static Functional of(Map<String, ? extends Tensor> inputs, Tensor output) {
        return of(Ports.of(inputs), Ports.of(output), LayerOptions.DEFAULT);
    }

    /** A model whose inputs and outputs have names; they are in the order of their names. */
    public static Functional of(Map<String, ? extends Tensor> inputs, Map<String, ? extends Tensor> outputs) {
        return of(Ports.of(inputs), Ports.of(outputs), LayerOptions.DEFAULT);
    }

    /** A model with any form of inputs and outputs, a name and whether it is trainable. */
    public static Functional of(Ports inputs, Ports outputs, LayerOptions options) {
        return new Functional(inputs, outputs, options);
    }

    /** The tensors that the model begins with. */
    public List<SymbolicTensor> inputs() {
        return inputs.tensors();
    }

    /** The tensors that the model ends with. */
    public List<SymbolicTensor> outputs() {
        return outputs.tensors();
    }

    /**
     * The output of a layer in this model, to make a model that ends or begins there. A layer that is called several
     * times, or has several outputs, is an {@link IllegalArgumentException}.
     */
    public SymbolicTensor output(String layerName) {
        Layer layer = layer(layerName);
        Optional<CallNode> call = graph.onlyCall(layer);
        if (call.isEmpty() || call.get().outputs().size() != 1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a layer that is called once and has one output; \""
                            + layerName + "\" has "
                            + graph.nodesOf(layer).stream()
                                    .mapToInt(node -> node.outputs().size())
                                    .sum()
                            + ". Keep the tensor that its call gives.");
        }
        return call.get().outputs().get(0);
    }

    @Override
    public List<String> inputNames() {
        return inputs.names();
    }

    @Override
    public List<String> outputNames() {
        return outputs.names();
    }

    Ports inputPorts() {
        return inputs;
    }

    Ports outputPorts() {
        return outputs;
    }

    GraphMap graph() {
        return graph;
    }

    /** Each input is cast to its own type, not to the model's. */
    @Override
    protected DType inputDType(int input) {
        if (input >= inputs.tensors().size()) {
            return computeDType();
        }
        DType dtype = inputs.tensors().get(input).dtype();
        return dtype.isFloating() ? dtype : computeDType();
    }

    @Override
    protected List<Tensor> call(List<Tensor> arguments, CallContext context) {
        List<SymbolicTensor> begins = inputs.tensors();
        if (arguments.size() != begins.size()) {
            throw new ShapeException("[" + name() + "] expected " + begins.size() + " inputs, " + inputs.names()
                    + "; received " + arguments.size() + ".");
        }
        Map<SymbolicTensor, Tensor> values = new IdentityHashMap<>();
        for (int i = 0; i < begins.size(); i++) {
            values.put(begins.get(i), fit(begins.get(i), arguments.get(i), context.mask(i)));
        }
        for (CallNode node : graph.calls()) {
            List<Tensor> given = new ArrayList<>();
            for (Tensor input : node.inputs()) {
                given.add(input instanceof SymbolicTensor symbolic ? values.getOrDefault(symbolic, input) : input);
            }
            List<Tensor> results = node.call(given);
            for (int i = 0; i < results.size(); i++) {
                // An output that is also an input of the model keeps the value it was given.
                values.putIfAbsent(node.outputs().get(i), results.get(i));
            }
        }
        return outputs.tensors().stream()
                .map(output -> values.getOrDefault(output, output))
                .toList();
    }

    /** A value in the place of an input: of its type; a last axis of size 1 may be missing or too many, as in Keras. */
    private Tensor fit(SymbolicTensor input, Tensor value, Optional<Tensor> mask) {
        Shape wanted = input.shape();
        Tensor fitting = Ops.cast(value, input.dtype());
        Shape shape = value.shape();
        if (shape.rank() == wanted.rank() + 1 && shape.size(-1) == 1) {
            fitting = Ops.reshape(fitting, shape.drop(-1).sizes());
        } else if (shape.rank() == wanted.rank() - 1 && wanted.size(-1) == 1) {
            fitting = Ops.reshape(fitting, shape.append(1).sizes());
        }
        if (!fitting.shape().isCompatibleWith(wanted.rank() == 0 ? wanted : wanted.withSize(0, Shape.UNKNOWN))) {
            throw new ShapeException("[" + name() + "] expected shape " + wanted + " for the input \""
                    + graph.producer(input).name() + "\"; received shape " + shape + ".");
        }
        return mask.isEmpty() || fitting.mask().equals(mask) ? fitting : withMask(fitting, mask.get());
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    /** None but those that the layers give. */
    @Override
    protected List<Optional<Tensor>> computeMask(List<Tensor> arguments, List<Optional<Tensor>> masks) {
        return List.of();
    }

    @Override
    public Map<String, Object> config() {
        return FunctionalConfig.write(this);
    }

    /** The inverse of {@link #config}, also from files of Keras; weights are fresh. */
    public static Functional fromConfig(Map<String, ?> config) {
        return new FunctionalReader(config).read();
    }
}
