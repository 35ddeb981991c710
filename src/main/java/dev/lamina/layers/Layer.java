package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.initializers.Initializer;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A function with weights. Override {@link #build} to make the weights once the input's shape is known, and
 * {@link #call(Tensor)} (or a form of it that also takes the context, or several tensors) to compute. Use it by
 * {@link #apply(Tensor)}, which builds at the first use.
 *
 * <pre>{@code
 * final class Linear extends Layer {
 *     private final int units;
 *     private Variable kernel, bias;
 *
 *     Linear(int units) { this.units = units; }
 *
 *     protected void build(Shape input) {
 *         kernel = addWeight("kernel", Shape.of(input.size(-1), units), "random_normal");
 *         bias = addWeight("bias", Shape.of(units), "zeros");
 *     }
 *
 *     protected Tensor call(Tensor x) { return Ops.add(Ops.matmul(x, kernel), bias); }
 * }
 * }</pre>
 *
 * Layers and variables held in fields (also in lists, maps, arrays and records) become parts of the layer;
 * {@code transient} fields are left out. Once a layer is built, {@link #addWeight} and {@link #track} refuse more; a
 * layer put into a field later is a part all the same, so that parts can be replaced.
 */
public abstract class Layer implements AutoCloseable {
    private final transient LayerState state;
    private final transient String name;
    private final transient DTypePolicy dtype;
    private final transient Optional<Regularizer> activityRegularizer;

    /** A layer with a name made from its class, of the global dtype policy. */
    protected Layer() {
        this(LayerOptions.DEFAULT);
    }

    protected Layer(LayerOptions options) {
        this.name = options.name().isEmpty() ? LayerNames.next(LayerNames.base(getClass())) : options.name();
        this.dtype = options.policy();
        this.activityRegularizer = options.activityRegularizer();
        this.state = new LayerState(this, options.trainable());
    }

    // To be overridden.

    /**
     * Makes the weights for an input of this shape, whose batch axis may be unknown. Called once, before the first
     * call. To build a part, call its {@link #buildFor(Shape...)}, not this.
     */
    protected void build(Shape inputShape) {}

    /** As {@link #build(Shape)}, for a layer of several inputs. */
    protected void build(List<Shape> inputShapes) {
        if (!inputShapes.isEmpty()) {
            build(inputShapes.get(0));
        }
    }

    /** Computes the output. */
    protected Tensor call(Tensor input) {
        throw new UnsupportedOperationException(
                "[" + name + "] expected " + getClass().getSimpleName()
                        + " to override call(Tensor) or one of its other forms; it overrides none.");
    }

    /** Computes the output of a layer that behaves differently in training. */
    protected Tensor call(Tensor input, CallContext context) {
        return call(input);
    }

    /** Computes the outputs of a layer of several inputs or outputs. */
    protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
        if (inputs.size() != 1) {
            throw new ShapeException("[" + name + "] expected 1 input; received " + inputs.size()
                    + ". A layer of several inputs overrides call(List<Tensor>, CallContext).");
        }
        return List.of(LayerCall.returned(this, call(inputs.get(0), context)));
    }

    /**
     * Whether the layer knows what becomes of its inputs' masks. By default if it overrides {@link #computeMask}; one
     * that returns true without doing so passes them on as they are. A layer that doesn't passes none on, and warns.
     */
    protected boolean supportsMasking() {
        return Masks.areComputedBy(this);
    }

    /** The output's mask from the input's: by default the same. For layers of one input. */
    protected Optional<Tensor> computeMask(Tensor input, Optional<Tensor> mask) {
        return mask;
    }

    /** The outputs' masks, in their order, from the inputs'; those of outputs that have one already are not used. */
    protected List<Optional<Tensor>> computeMask(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        return inputs.size() == 1 ? List.of(computeMask(inputs.get(0), masks.get(0))) : masks;
    }

    /** The type that a floating-point input is cast to before a call, by default {@link #computeDType}. */
    protected DType inputDType(int input) {
        return computeDType();
    }

    /**
     * Whether floating-point inputs are cast to {@link #inputDType}, and weights to {@link #computeDType} when ops read
     * them in a call. A layer that sees to its types itself overrides it with false.
     */
    public boolean autocast() {
        return true;
    }

    /** Whether whole numbers and truth values become floating-point numbers too, as the results have fractions. */
    boolean castsIntegers() {
        return false;
    }

    /** What the inputs must look like; a layer may answer more strictly once it is built. */
    protected InputSpec inputSpec() {
        return InputSpec.ANY;
    }

    /**
     * What is needed to build the layer anew, as data (strings, numbers, booleans, lists and maps). A layer with
     * arguments of its own adds them to {@code super.config()}.
     */
    public Map<String, Object> config() {
        return new LayerOptions(name, Optional.of(dtype), trainable(), activityRegularizer).toConfig();
    }

    // Calling.

    /**
     * Computes the output in the surrounding call's mode; inference, if there is none. Builds the layer at the first
     * use.
     */
    public final Tensor apply(Tensor input) {
        return single(apply(List.of(input)));
    }

    /** Computes the output of a layer of several inputs, such as {@link Concatenate}. */
    public final Tensor apply(Tensor first, Tensor second, Tensor... more) {
        return single(
                apply(Stream.concat(Stream.of(first, second), Stream.of(more)).toList()));
    }

    /** Computes the output in training or inference mode. */
    public final Tensor apply(Tensor input, boolean training) {
        return single(apply(List.of(input), training));
    }

    /** Computes the output for host values. */
    public final Tensor apply(HostArray input) {
        return apply(Ops.tensor(input));
    }

    public final List<Tensor> apply(List<Tensor> inputs) {
        return LayerCall.run(this, inputs, CallOptions.DEFAULT);
    }

    public final List<Tensor> apply(List<Tensor> inputs, boolean training) {
        return LayerCall.run(this, inputs, CallOptions.training(training));
    }

    /** Computes the output with a mask given by hand, or in a mode. */
    public final Tensor apply(Tensor input, CallOptions options) {
        return single(apply(List.of(input), options));
    }

    public final List<Tensor> apply(List<Tensor> inputs, CallOptions options) {
        return LayerCall.run(this, inputs, options);
    }

    private Tensor single(List<Tensor> outputs) {
        if (outputs.size() != 1) {
            throw new ShapeException("[" + name + "] expected a layer of 1 output; it has " + outputs.size()
                    + ". Use apply(List), which gives all.");
        }
        return outputs.get(0);
    }

    /**
     * Builds the layer and its parts for an input shape, whose batch axis may be {@link Shape#UNKNOWN}; the parts that
     * {@link #build} leaves unbuilt by inference through {@link #call}. Building twice does nothing.
     */
    public final void buildFor(Shape... inputShapes) {
        buildFor(Stream.of(inputShapes)
                .map(shape -> new TensorSpec(shape, dtype.compute()))
                .toList());
    }

    /** As {@link #buildFor(Shape...)}, for inputs of any type. */
    public final void buildFor(List<TensorSpec> inputs) {
        LayerCall.build(this, inputs);
        if (!flatten().stream().allMatch(Layer::isBuilt)) {
            computeOutputSpecs(inputs);
        }
    }

    /** The output's shape for an input shape, by inference through {@link #call}; builds the layer. */
    public Shape computeOutputShape(Shape inputShape) {
        return computeOutputSpecs(List.of(new TensorSpec(inputShape, dtype.compute())))
                .get(0)
                .shape();
    }

    /** The outputs' specs for inputs of these specs, by inference through {@link #call}; builds the layer. */
    public final List<TensorSpec> computeOutputSpecs(List<TensorSpec> inputs) {
        return LayerCall.infer(this, inputs);
    }

    // Weights and other state.

    /**
     * Makes a trainable weight that starts from {@code glorot_uniform}. Inside the constructor or {@link #build} only.
     */
    protected final Variable addWeight(String weightName, Shape shape) {
        return addWeight(WeightSpec.of(weightName, shape));
    }

    /** Makes a trainable weight. */
    protected final Variable addWeight(String weightName, Shape shape, Initializer initializer) {
        return addWeight(WeightSpec.of(weightName, shape).initializer(initializer));
    }

    /** Makes a trainable weight whose initializer is given by Keras's name, such as {@code "random_normal"}. */
    protected final Variable addWeight(String weightName, Shape shape, String initializer) {
        return addWeight(WeightSpec.of(weightName, shape).initializer(initializer));
    }

    protected final Variable addWeight(WeightSpec spec) {
        return state.addWeight(spec);
    }

    /** Makes a layer a part of this one where no field holds it. Returns the layer. */
    protected final <T extends Layer> T track(String partName, T layer) {
        state.track(partName, layer);
        return layer;
    }

    /** Adds a scalar to the loss that the model minimizes; to be called from {@link #call}. */
    protected final void addLoss(Tensor loss) {
        state.addLoss(loss);
    }

    /**
     * What {@link #addLoss} was given in the last call, here and in the layers inside, and the penalties of the
     * trainable weights.
     */
    public final List<Tensor> losses() {
        return state.losses();
    }

    /** The same values as a tensor of its own with this mask; the given tensor keeps the one it has. */
    protected static Tensor withMask(Tensor tensor, Tensor mask) {
        return Masks.with(tensor, mask);
    }

    /** The next call builds again; for models whose layers may change. The weights of parts stay. */
    protected final void rebuildAtNextCall() {
        state.unbuild();
    }

    final LayerState state() {
        return state;
    }

    /** The layers that are direct parts of this one. */
    public final List<Layer> sublayers() {
        return state.sublayers();
    }

    /** This layer and all layers inside, each once, depth first. */
    public final List<Layer> flatten() {
        return state.flatten();
    }

    /** This layer's own trainable weights, its own non-trainable ones, then those of its parts, in order, each once. */
    public final List<Variable> weights() {
        return state.weights();
    }

    /** The weights an optimizer may change: none if the layer is frozen, and none of a frozen part. */
    public final List<Variable> trainableWeights() {
        return state.trainableWeights();
    }

    public final List<Variable> nonTrainableWeights() {
        List<Variable> trainable = trainableWeights();
        return weights().stream().filter(weight -> !trainable.contains(weight)).toList();
    }

    /** The weights and the states of the seed generators. */
    public final List<Variable> variables() {
        return state.variables();
    }

    /** The number of numbers in the weights; a layer that is not built can't know: {@link IllegalStateException}. */
    public final long countParams() {
        if (!isBuilt()) {
            throw new IllegalStateException(
                    "[" + name + "] expected a built layer to count its parameters; it is not built yet. "
                            + "Call it on data, or buildFor(inputShape), first.");
        }
        return weights().stream().mapToLong(weight -> weight.shape().elements()).sum();
    }

    /** The values of the weights, copied to the host. */
    public final List<HostArray> weightValues() {
        return weights().stream().map(Variable::toHost).toList();
    }

    /** Sets all weights; another count or shape is a {@link ShapeException} that names the layer and both. */
    public final void setWeightValues(List<HostArray> values) {
        WeightValues.set(this, values);
    }

    // Properties.

    public final String name() {
        return name;
    }

    /** The names of the layers around this one and its own, by "/"; its name alone before it is built. */
    public final String path() {
        return state.path();
    }

    public final boolean isBuilt() {
        return state.isBuilt();
    }

    /** Whether this layer itself is unfrozen; one inside a frozen layer is not trained whatever this says. */
    public final boolean trainable() {
        return state.trainable();
    }

    /**
     * Freezes or unfreezes this layer and what is inside; the parts keep their own flags. Takes effect at the next fit.
     */
    public final void setTrainable(boolean trainable) {
        state.setTrainable(trainable);
    }

    public final DTypePolicy dtypePolicy() {
        return dtype;
    }

    /** The type that the layer computes in. */
    public final DType computeDType() {
        return dtype.compute();
    }

    /** A penalty on the outputs, divided by the batch's size and added to the losses at each call. */
    public final Optional<Regularizer> activityRegularizer() {
        return activityRegularizer;
    }

    /** The shapes of the outputs at the last call, the batch axis unknown; empty before. */
    public final List<Shape> outputShapes() {
        return state.outputShapes();
    }

    /** The inputs that the layer was built for, the batch axis unknown; empty before. */
    public final List<TensorSpec> builtFor() {
        return state.builtFor();
    }

    /**
     * Frees the memory of the weights, here and in the parts. Closing twice does nothing; use afterwards is an error.
     */
    @Override
    public void close() {
        state.close();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " \"" + path() + "\"";
    }
}
