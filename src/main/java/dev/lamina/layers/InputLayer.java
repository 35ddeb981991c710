package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/** Stands for an input in a graph of layers and at the head of a Sequential. {@link Input} makes them. */
public final class InputLayer extends Layer {
    private final transient TensorSpec spec;
    private final transient SymbolicTensor output;

    /** @param shape of one sample, without the batch axis */
    public InputLayer(Shape shape) {
        this("", shape.prepend(Shape.UNKNOWN), DType.FLOAT32);
    }

    /**
     * @param name empty for one made from the class: {@code input_layer}
     * @param batchShape with the batch axis, mostly unknown
     */
    public InputLayer(String name, Shape batchShape, DType dtype) {
        super(new LayerOptions(name, policy(dtype), true));
        spec = new TensorSpec(batchShape, dtype);
        output = LayerNode.input(this, new SymbolicTensor(name(), spec))
                .outputs()
                .get(0);
        buildFor(List.of());
    }

    private static DTypePolicy policy(DType dtype) {
        return dtype.isFloating() ? new DTypePolicy(dtype, dtype) : DTypePolicy.FLOAT32;
    }

    /** Shape and type of the input. */
    public TensorSpec spec() {
        return spec;
    }

    /** The input as a tensor that layers can be called on. */
    public SymbolicTensor output() {
        return output;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    protected Tensor call(Tensor input) {
        return input;
    }

    @Override
    public Map<String, Object> config() {
        return Config.entries(
                "batch_shape",
                LayerRegistry.shapeToConfig(spec.shape()),
                "dtype",
                spec.dtype().toString(),
                "sparse",
                false,
                "ragged",
                false,
                "name",
                name(),
                "optional",
                false);
    }

    static InputLayer fromConfig(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        config.only("sparse", false).only("ragged", false).only("optional", false);
        // Keras 2 says batch_input_shape.
        List<?> sizes = config.list(config.has("batch_shape") ? "batch_shape" : "batch_input_shape");
        DType dtype;
        try {
            dtype = DType.of(config.text("dtype", "float32"));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(
                    "[config] expected an input of a type that Lamina has. " + e.getMessage(), e);
        }
        return new InputLayer(config.text("name", ""), LayerRegistry.shapeFromConfig(sizes), dtype);
    }
}
