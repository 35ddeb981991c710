package dev.lamina.models;

import dev.lamina.layers.CallContext;
import dev.lamina.layers.CallOptions;
import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerConfig;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Layers one after the other. Built at the first data, or by {@link #buildFor}. */
public final class Sequential extends Model {
    private final List<Layer> layers = new ArrayList<>();
    private String inputName = "input_layer";
    private transient Optional<TensorSpec> input = Optional.empty();
    private final transient SequentialTensors tensors = new SequentialTensors(this);

    public Sequential() {
        this(LayerOptions.DEFAULT);
    }

    public Sequential(LayerOptions options) {
        super(options);
    }

    public static Sequential of(Layer... layers) {
        Sequential model = new Sequential();
        for (Layer layer : layers) {
            model.append(layer);
        }
        model.buildIfInputIsKnown();
        return model;
    }

    /**
     * Adds a layer at the end, with a name that no other layer here has. An {@link InputLayer} comes first; a model
     * that has one is built at once. One that was built without builds the new layer at the next call. The other layers
     * keep their weights.
     */
    public Sequential add(Layer layer) {
        append(layer);
        buildIfInputIsKnown();
        return this;
    }

    @SuppressWarnings("ReferenceEquality")
    private void append(Layer layer) {
        if (layer instanceof InputLayer first) {
            if (input.isPresent() || !layers.isEmpty()) {
                throw new IllegalArgumentException("[" + name() + "] expected one InputLayer, before all other layers;"
                        + " received \"" + layer.name() + "\" after "
                        + (input.isPresent() ? "the input " + input.get() : layers.size() + " layers") + ".");
            }
            input = Optional.of(first.spec());
            inputName = first.name();
            return;
        }
        if (layers.stream().anyMatch(other -> other != layer && other.name().equals(layer.name()))) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected layers with different names; received a second \"" + layer.name()
                            + "\". Give it a name of its own.");
        }
        layers.add(layer);
        rebuildAtNextCall();
    }

    private void buildIfInputIsKnown() {
        if (!layers.isEmpty()) {
            input.ifPresent(spec -> computeOutputSpecs(List.of(spec)));
        }
    }

    /** Removes the last layer and returns it; it keeps its weights, and is the caller's to close. */
    public Layer pop() {
        if (layers.isEmpty()) {
            throw new IllegalStateException("[" + name() + "] expected a layer to pop; the model has none.");
        }
        rebuildAtNextCall();
        tensors.forget();
        Layer last = layers.removeLast();
        buildIfInputIsKnown();
        return last;
    }

    /** That of the input layer, if there is one; else what the first layer computes in, or keeps as it is. */
    @Override
    protected DType inputDType(int at) {
        Layer first = layers.isEmpty() ? this : layers.getFirst();
        DType wanted =
                first.autocast() ? first.computeDType() : first.dtypePolicy().variable();
        return input.map(TensorSpec::dtype).filter(DType::isFloating).orElse(wanted);
    }

    /**
     * Bytes and truth values become what the first layer computes in, as all inputs do in Keras. Larger whole numbers
     * are left to the layers, since 16-bit types don't have all of them; and so are words for an embedding.
     */
    private DType fitting(DType given) {
        boolean small = given == DType.UINT8 || given == DType.BOOL;
        boolean wanted = !layers.isEmpty() && layers.getFirst().autocast();
        return small && wanted ? inputDType(0) : given;
    }

    @Override
    protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
        List<Tensor> values = inputs.stream()
                .map(value -> Ops.cast(value, fitting(value.dtype())))
                .toList();
        CallOptions options = CallOptions.DEFAULT.withMasks(context.masks());
        for (Layer layer : layers) {
            values = layer.apply(values, options);
            options = CallOptions.DEFAULT;
        }
        return values;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    /** None but those that the layers give. */
    @Override
    protected List<Optional<Tensor>> computeMask(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        return layers.isEmpty() ? masks : List.of();
    }

    private Optional<TensorSpec> knownInput() {
        return input.isPresent() || builtFor().size() != 1
                ? input
                : builtFor().stream()
                        .map(spec -> new TensorSpec(spec.shape(), fitting(spec.dtype())))
                        .findFirst();
    }

    /**
     * The tensor that the model begins with, for a {@link Functional} model of its layers; of the type that inputs are
     * cast to before the first. Builds what is not built. An {@link IllegalStateException} while the input is not
     * known.
     */
    public List<SymbolicTensor> inputs() {
        return symbols().getFirst();
    }

    /** The tensors that the model ends with, as {@link #inputs}: all outputs of the last layer. */
    public List<SymbolicTensor> outputs() {
        return symbols().getLast();
    }

    /**
     * The output of a layer, to make a model that ends there: {@code Functional.of(model.inputs(),
     * model.output("dense"))}. Of a layer that stands here twice, the first. One that has several outputs is an
     * {@link IllegalArgumentException}.
     */
    public SymbolicTensor output(String layerName) {
        List<SymbolicTensor> outputs = symbols().get(layers.indexOf(layer(layerName)) + 1);
        if (outputs.size() != 1) {
            throw new IllegalArgumentException("[" + name() + "] expected a layer that has one output; \"" + layerName
                    + "\" has " + outputs.size() + ". Those of the last layer are in outputs().");
        }
        return outputs.get(0);
    }

    private List<List<SymbolicTensor>> symbols() {
        TensorSpec spec = knownInput()
                .orElseThrow(() -> new IllegalStateException("[" + name() + "] expected a model whose input is "
                        + "known. Begin it with an InputLayer, call buildFor, or call it on data."));
        return tensors.get(inputName, new TensorSpec(spec.shape(), fitting(spec.dtype())));
    }

    /** The layers from the first to the last; one that stands here twice is there twice. */
    List<Layer> inOrder() {
        return List.copyOf(layers);
    }

    /** As Keras has it: a built model's input is its first layer, and of the type that inputs are cast to. */
    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>(super.config());
        List<Map<String, Object>> list = new ArrayList<>();
        Optional<TensorSpec> known = knownInput();
        known.ifPresent(spec -> list.add(SequentialInput.toConfig(inputName, spec)));
        layers.forEach(layer -> list.add(LayerRegistry.serialize(layer)));
        config.put("layers", list);
        known.ifPresent(spec -> config.put("build_input_shape", LayerRegistry.shapeToConfig(spec.shape())));
        return config;
    }

    /** The inverse of {@link #config}, built where the input is known; weights are fresh. */
    public static Sequential fromConfig(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        Sequential model = new Sequential(LayerOptions.fromConfig(entries));
        Optional<TensorSpec> shape = SequentialInput.ofShape(config, "build_input_shape", model.computeDType());
        boolean first = true;
        for (Object item : config.list("layers")) {
            Map<String, Object> form = new LayerConfig(Collections.singletonMap("layers", item)).map("layers");
            LayerConfig layer = new LayerConfig(new LayerConfig(form).map("config"));
            if (!first || !SequentialInput.isInput(form)) {
                model.append(model.again(form).orElseGet(() -> LayerRegistry.deserialize(form)));
            } else if (SequentialInput.hasShape(layer)) {
                model.append(LayerRegistry.deserialize(form));
            } else {
                model.inputName = layer.text("name", model.inputName);
            }
            first = false;
        }
        if (model.input.isPresent()) {
            model.buildIfInputIsKnown();
        } else {
            shape.ifPresent(spec -> model.computeOutputSpecs(List.of(spec)));
        }
        return model;
    }

    /** The layer of that name, if it stands here already: a layer may be used more than once. */
    private Optional<Layer> again(Map<String, Object> form) {
        Object name = form.get("config") instanceof Map<?, ?> config ? config.get("name") : "";
        return layers.stream().filter(layer -> layer.name().equals(name)).findFirst();
    }
}
