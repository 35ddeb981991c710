package dev.lamina.models;

import dev.lamina.data.Dataset;
import dev.lamina.data.HostBatch;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.losses.Loss;
import dev.lamina.metrics.Metric;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A layer that can be trained, evaluated, used on data sets and saved. Override {@link #call}; for a training step of
 * your own, {@link #trainStep} or {@link #computeLoss}. Close a model that is no longer used to free its memory at
 * once.
 *
 * <pre>{@code
 * Model model = Sequential.of(new Flatten(), new Dense(128, "relu"), new Dense(10, "softmax"));
 * model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
 * model.fit(x, y, FitOptions.epochs(5).batchSize(128));
 * }</pre>
 */
public abstract class Model extends Layer {
    private final transient Trainer trainer = new Trainer(this);

    protected Model() {}

    protected Model(LayerOptions options) {
        super(options);
    }

    // Compiling.

    /** Chooses what the model is trained with; by Keras's names with their default arguments. */
    public final void compile(String optimizer, String loss, String... metrics) {
        compile(CompileOptions.with(optimizer).loss(loss).metrics(metrics));
    }

    public final void compile(Optimizer optimizer, Loss loss, String... metrics) {
        compile(CompileOptions.with(optimizer).loss(loss).metrics(metrics));
    }

    public final void compile(Optimizer optimizer, String loss, String... metrics) {
        compile(CompileOptions.with(optimizer).loss(loss).metrics(metrics));
    }

    public final void compile(String optimizer, Loss loss, String... metrics) {
        compile(CompileOptions.with(optimizer).loss(loss).metrics(metrics));
    }

    /** Chooses what the model is trained with. May be called again; the weights stay. */
    public final void compile(CompileOptions options) {
        trainer.compile(options);
    }

    /**
     * The optimizer given to compile, or the {@link dev.lamina.optimizers.LossScaleOptimizer} around it; before that an
     * {@link IllegalStateException}.
     */
    public final Optimizer optimizer() {
        return trainer.compiled("optimizer()").trainingOptimizer();
    }

    /** Whether {@link #compile} was called. */
    public final boolean isCompiled() {
        return trainer.options().isPresent();
    }

    /** What compile was given; before that an {@link IllegalStateException}. */
    public final CompileOptions compileOptions() {
        return trainer.compiled("compileOptions()");
    }

    /**
     * The metrics given to compile, once they are made at the first batch, and those that the model and the layers
     * inside hold in fields. All of them start anew with each epoch and evaluation, and show their values.
     */
    public final List<Metric> metrics() {
        return trainer.metrics();
    }

    // Training and using.

    /** One epoch in batches of 32. */
    public final History fit(HostArray x, HostArray y) {
        return fit(x, y, FitOptions.DEFAULT);
    }

    /** Trains on samples along the first axis of x with the targets y. */
    public final History fit(HostArray x, HostArray y, FitOptions options) {
        return fit(List.of(x), List.of(y), options);
    }

    /** As {@link #fit(HostArray, HostArray, FitOptions)}, for several inputs or targets. */
    public final History fit(List<HostArray> x, List<HostArray> y, FitOptions options) {
        return trainer.fit(x, y, options);
    }

    /**
     * Trains on batches that are made on the way: a step each, so that the options' batchSize and shuffle have no
     * effect.
     */
    public final History fit(Dataset data, FitOptions options) {
        return trainer.fit(data, options);
    }

    /** As {@link #fit(List, List, FitOptions)}, inputs and targets by {@link #inputNames} and {@link #outputNames}. */
    public final History fit(Map<String, HostArray> x, Map<String, HostArray> y, FitOptions options) {
        return fit(Named.inputs(this, "fit", x), Named.targets(this, "fit", y), options);
    }

    /** The outputs by {@link #outputNames} for inputs by {@link #inputNames}, in batches of 32. */
    public final Map<String, HostArray> predict(Map<String, HostArray> x) {
        return predict(x, EvaluateOptions.batchSize(32));
    }

    public final Map<String, HostArray> predict(Map<String, HostArray> x, EvaluateOptions options) {
        return Named.map(outputNames(), predict(Named.inputs(this, "predict", x), options));
    }

    /** Computes the outputs by {@link #outputNames} for inputs by {@link #inputNames}. */
    public final Map<String, Tensor> apply(Map<String, ? extends Tensor> inputs) {
        return Named.map(outputNames(), apply(Named.<Tensor>inputs(this, inputs)));
    }

    /** The loss and the metrics on these samples, by name, in batches of 32. */
    public final Map<String, Double> evaluate(HostArray x, HostArray y) {
        return evaluate(x, y, 32);
    }

    public final Map<String, Double> evaluate(HostArray x, HostArray y, int batchSize) {
        return evaluate(List.of(x), List.of(y), EvaluateOptions.batchSize(batchSize));
    }

    /** As {@link #evaluate(HostArray, HostArray)}, for several inputs or targets. */
    public final Map<String, Double> evaluate(List<HostArray> x, List<HostArray> y, EvaluateOptions options) {
        return trainer.evaluate(x, y, options);
    }

    /** The same, inputs and targets by {@link #inputNames} and {@link #outputNames}. */
    public final Map<String, Double> evaluate(
            Map<String, HostArray> x, Map<String, HostArray> y, EvaluateOptions options) {
        return evaluate(Named.inputs(this, "evaluate", x), Named.targets(this, "evaluate", y), options);
    }

    public final Map<String, Double> evaluate(Dataset data, EvaluateOptions options) {
        return trainer.evaluate(data, options);
    }

    /** The outputs for these samples, in batches of 32. */
    public final HostArray predict(HostArray x) {
        return predict(x, 32);
    }

    /** The outputs for these samples; of a model of several outputs, the first. */
    public final HostArray predict(HostArray x, int batchSize) {
        return predict(List.of(x), batchSize).get(0);
    }

    /** All outputs for these samples, of a model of several inputs or outputs. */
    public final List<HostArray> predict(List<HostArray> x, int batchSize) {
        return predict(x, EvaluateOptions.batchSize(batchSize));
    }

    public final List<HostArray> predict(List<HostArray> x, EvaluateOptions options) {
        return trainer.predict(x, options);
    }

    /** All outputs for the inputs of these batches. */
    public final List<HostArray> predict(Dataset data, EvaluateOptions options) {
        return trainer.predict(data, options);
    }

    /** Trains one step on these samples; the loss and the metrics since they were last reset. */
    public final Map<String, Double> trainOnBatch(HostArray x, HostArray y) {
        return trainOnBatch(HostBatch.of(x, y));
    }

    public final Map<String, Double> trainOnBatch(HostBatch batch) {
        return trainer.trainOnBatch(batch);
    }

    /** Measures these samples without training; the loss and the metrics since they were last reset. */
    public final Map<String, Double> testOnBatch(HostBatch batch) {
        return trainer.testOnBatch(batch);
    }

    /** All outputs for these samples, in one step. */
    public final List<HostArray> predictOnBatch(List<HostArray> x) {
        return trainer.predictOnBatch(x);
    }

    /**
     * The model's prediction for inputs of this shape, batch axis included, made ready for repeated calls with the
     * caller's own memory; for one caller at a time. Builds the model.
     */
    public final Predictor predictor(Shape inputShape) {
        return predictor(List.of(new TensorSpec(inputShape, dtypePolicy().variable())), 1);
    }

    /**
     * As {@link #predictor(Shape)}, for any inputs.
     *
     * @param callers how many calls run beside each other, each in memory of its own; more wait in line
     */
    public final Predictor predictor(List<TensorSpec> inputs, int callers) {
        return trainer.predictor(inputs, callers);
    }

    /** Starts the loss and the metrics anew; fit and evaluate do so by themselves. */
    public final void resetMetrics() {
        trainer.resetMetrics();
    }

    // Override points.

    /**
     * One step of training, traced once for each shape of batch. Returns values to show beside the loss and the
     * metrics, as scalars by name.
     */
    protected Map<String, Tensor> trainStep(Batch batch) {
        List<Variable> weights = trainableWeights();
        List<Tensor> predictions;
        List<Tensor> gradients;
        Tensor loss;
        try (GradientTape tape = GradientTape.open()) {
            predictions = apply(batch.x(), true);
            loss = computeLoss(batch, predictions);
            gradients = tape.gradient(optimizer().scaleLoss(loss), weights);
        }
        optimizer().apply(gradients, weights);
        trackLoss(loss, batch);
        return computeMetrics(batch, predictions);
    }

    /** One step of evaluation. */
    protected Map<String, Tensor> testStep(Batch batch) {
        List<Tensor> predictions = apply(batch.x(), false);
        trackLoss(computeLoss(batch, predictions), batch);
        return computeMetrics(batch, predictions);
    }

    /** One step of prediction. */
    protected List<Tensor> predictStep(List<Tensor> x) {
        return apply(x, false);
    }

    /**
     * The scalar to minimize: the weighted sum of the outputs' compiled losses, with the samples' weights and the masks
     * of the outputs, and the losses that layers added.
     */
    protected Tensor computeLoss(Batch batch, List<Tensor> predictions) {
        Optional<Tensor> total = trainer.measures("computeLoss").losses().apply(batch, predictions);
        for (Tensor added : losses()) {
            // Penalties on the outputs of a layer that computes in 16 bits are of its type.
            Tensor wide = Ops.cast(added, added.dtype() == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32);
            total = Optional.of(total.isPresent() ? Ops.add(total.get(), wide) : wide);
        }
        return total.orElseThrow(
                () -> new IllegalStateException("[" + name() + "] expected a loss to train with; compile gave "
                        + "none and no layer added one. Give one to compile, or call addLoss in a layer."));
    }

    /** Updates the compiled metrics, with the outputs' masks. Returns more values to show, none by default. */
    protected Map<String, Tensor> computeMetrics(Batch batch, List<Tensor> predictions) {
        trainer.measures("computeMetrics").metrics().update(batch, predictions);
        return Map.of();
    }

    /** Takes a batch's loss into the epoch's mean, which is shown as "loss"; a step without it shows none. */
    protected final void trackLoss(Tensor loss, Batch batch) {
        trainer.measures("trackLoss").trackLoss(loss, batch);
    }

    // Looking at it.

    /**
     * The memory that training takes with batches of that many samples, or prediction if the model is not compiled,
     * before any of it is allocated. Builds the model, whose weights get memory when they are first used. Targets are
     * taken to be of the outputs' shapes, or whole numbers instead of the last axis where the loss wants classes.
     *
     * @param inputShape with a batch axis of any size
     */
    public final MemoryPlan plan(Shape inputShape, int batch) {
        return trainer.locked(
                "plan",
                () -> StepPlanner.of(
                                this, new TensorSpec(inputShape, dtypePolicy().variable()))
                        .plan(batch));
    }

    /** As {@link #plan(Shape, int)}, for any inputs and targets; without targets, of prediction. */
    public final MemoryPlan plan(List<TensorSpec> x, List<TensorSpec> y, int batch) {
        return trainer.locked("plan", () -> new StepPlanner(this, x, y).plan(batch));
    }

    /** What is measured in training. */
    final Measures measures() {
        return trainer.measures("plan");
    }

    /** The names of the inputs, in their order; none for a model whose inputs have no names. */
    public List<String> inputNames() {
        return List.of();
    }

    /** The names of the outputs, in their order; none for a model whose outputs have no names. */
    public List<String> outputNames() {
        return List.of();
    }

    /** The layers that are direct parts of this model. */
    public final List<Layer> layers() {
        return sublayers();
    }

    /**
     * The direct part of that name; an unknown one is an {@link IllegalArgumentException} that lists those there are.
     */
    public final Layer layer(String layerName) {
        return Named.layer(this, layerName);
    }

    /** A table of the layers, their output shapes and parameters. */
    public final String summary() {
        return Summary.of(this);
    }

    /** The same, after building the model for an input shape, whose batch axis may be unknown. */
    public final String summary(Shape inputShape) {
        computeOutputShape(inputShape);
        return Summary.of(this);
    }

    // Files.

    /**
     * Writes the model to a {@code .keras} file: its config, what it was compiled with, its weights and the optimizer's
     * variables; or to a {@code .weights.h5} file its weights alone. The file is whole or not there. Random states and
     * metrics are not in it.
     */
    public final void save(Path file) {
        ModelFormat.find().save(this, file);
    }

    /** Writes the weights and the optimizer's variables to a {@code .weights.h5} file. */
    public final void saveWeights(Path file) {
        ModelFormat.find().saveWeights(this, file);
    }

    /**
     * Reads the weights from a {@code .keras}, {@code .weights.h5} or legacy {@code .h5} file of a model of the same
     * structure, and the optimizer's variables if the model is compiled; all, or after an error none.
     */
    public final void loadWeights(Path file) {
        loadWeights(file, false);
    }

    /** The same, where {@code skipMismatch} leaves what doesn't fit as it is, with a warning. */
    public final void loadWeights(Path file, boolean skipMismatch) {
        ModelFormat.find().loadWeights(this, file, skipMismatch);
    }

    /**
     * The model of a {@code .keras} file, or of a legacy {@code .h5} file that holds a whole model, compiled as it was.
     * Layers of your own must be registered with {@link dev.lamina.layers.LayerRegistry}; nothing in a file is run or
     * loaded by class name.
     */
    public static Model load(Path file) {
        return load(file, true);
    }

    /** The same; without {@code compile} the model can't be trained before it is compiled. */
    public static Model load(Path file, boolean compile) {
        return ModelFormat.find().load(file, compile);
    }

    /** Frees the compiled steps, the metrics, the optimizer's state and the weights. */
    @Override
    public void close() {
        trainer.close();
        super.close();
    }
}
