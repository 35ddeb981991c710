package dev.lamina.models;

import dev.lamina.callbacks.Callback;
import dev.lamina.data.Dataset;
import dev.lamina.data.HostBatch;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * How fit goes about it; Keras's names and defaults. Every method gives new options and leaves these as they are. They
 * start from {@link #epochs(int)} or, with all defaults, from {@link #DEFAULT}:
 *
 * <pre>{@code
 * FitOptions.epochs(5).batchSize(128).validationSplit(0.1).callbacks(EarlyStopping.of().patience(2).build())
 * FitOptions.DEFAULT.batchSize(128).verbose(false)
 * }</pre>
 *
 * <p>On a device with memory of its own, arrays (not data sets) are copied to it once and the batches are taken from
 * them there, with the same results, where they take at most a quarter of the memory that is free after the first step;
 * the system property {@code dev.lamina.residentBytes} gives another limit in bytes, 0 for none at all. Arrays are not
 * to be changed while fit runs.
 */
public final class FitOptions {
    /** One epoch, batches of 32, shuffled, no validation, progress shown. */
    public static final FitOptions DEFAULT = new FitOptions();

    private int epochs = 1;
    private int initialEpoch;
    private int batchSize = 32;
    private OptionalInt stepsPerEpoch = OptionalInt.empty();
    private boolean shuffle = true;
    private List<HostArray> sampleWeights = List.of();
    private Map<Integer, Double> classWeights = Map.of();
    private double validationSplit;
    /** What there is to validate on depends on the model where arrays have names. */
    private Function<Model, Optional<HostBatch>> validation = model -> Optional.empty();

    private Optional<Dataset> validationDataset = Optional.empty();
    private OptionalInt validationBatchSize = OptionalInt.empty();
    private OptionalInt validationSteps = OptionalInt.empty();
    private int validationFrequency = 1;
    private boolean verbose = true;
    private List<Callback> callbacks = List.of();

    private FitOptions() {}

    private FitOptions with(Consumer<FitOptions> change) {
        FitOptions copy = new FitOptions();
        copy.epochs = epochs;
        copy.initialEpoch = initialEpoch;
        copy.batchSize = batchSize;
        copy.stepsPerEpoch = stepsPerEpoch;
        copy.shuffle = shuffle;
        copy.sampleWeights = sampleWeights;
        copy.classWeights = classWeights;
        copy.validationSplit = validationSplit;
        copy.validation = validation;
        copy.validationDataset = validationDataset;
        copy.validationBatchSize = validationBatchSize;
        copy.validationSteps = validationSteps;
        copy.validationFrequency = validationFrequency;
        copy.verbose = verbose;
        copy.callbacks = callbacks;
        change.accept(copy);
        return copy;
    }

    private static int atLeast(int least, String what, int value) {
        if (value < least) {
            throw new IllegalArgumentException(
                    "[fit] expected " + what + " of at least " + least + "; received " + value + ".");
        }
        return value;
    }

    /** Trains up to that epoch, counted from 1. */
    public static FitOptions epochs(int epochs) {
        return DEFAULT.withEpochs(epochs);
    }

    public FitOptions withEpochs(int n) {
        return with(options -> options.epochs = atLeast(0, "epochs", n));
    }

    /** The epochs that have been trained already. */
    public FitOptions initialEpoch(int n) {
        return with(options -> options.initialEpoch = atLeast(0, "initialEpoch", n));
    }

    /** The samples of a step; the last batch of a pass over the data may be smaller. */
    public FitOptions batchSize(int n) {
        return with(options -> options.batchSize = atLeast(1, "batchSize", n));
    }

    /** The steps of an epoch; without it an epoch is one pass over the data. Passes follow each other across epochs. */
    public FitOptions stepsPerEpoch(int n) {
        return with(options -> options.stepsPerEpoch = OptionalInt.of(atLeast(1, "stepsPerEpoch", n)));
    }

    /** Whether the samples are put in a new order before each pass; those of a data set come as they are. */
    public FitOptions shuffle(boolean on) {
        return with(options -> options.shuffle = on);
    }

    /**
     * What each sample's loss, and what it counts in weighted metrics, is multiplied by: {@code (samples,)}, or more
     * axes to weigh positions. One array for all outputs, or one for each.
     */
    public FitOptions sampleWeights(HostArray... weights) {
        return with(options -> options.sampleWeights = List.of(weights));
    }

    /**
     * Weights by class: of samples whose target is that number, or whose largest target is at that place. 1 for a class
     * that is not mentioned. For models of one output, and not together with sample weights. Validation is not
     * weighted.
     */
    public FitOptions classWeights(Map<Integer, Double> weights) {
        return with(options -> options.classWeights = Map.copyOf(weights));
    }

    /** The fraction at the end of the data, before shuffling, that is kept for validation. */
    public FitOptions validationSplit(double fraction) {
        if (!(fraction >= 0 && fraction < 1)) {
            throw new IllegalArgumentException(
                    "[fit] expected validationSplit from 0 to below 1; received " + fraction + ".");
        }
        return with(options -> options.validationSplit = fraction);
    }

    /** Data to validate on after an epoch; with them a validationSplit has no effect. */
    public FitOptions validation(HostArray x, HostArray y) {
        return validation(HostBatch.of(x, y));
    }

    /** As {@link #validation(HostArray, HostArray)}, for several inputs or targets, or with sample weights. */
    public FitOptions validation(HostBatch data) {
        Objects.requireNonNull(data, "data");
        return validation(model -> Optional.of(data), Optional.empty());
    }

    /** The same, inputs and targets by {@link Model#inputNames} and {@link Model#outputNames}. */
    public FitOptions validation(Map<String, HostArray> x, Map<String, HostArray> y) {
        Map<String, HostArray> inputs = Map.copyOf(x);
        Map<String, HostArray> targets = Map.copyOf(y);
        return validation(
                model -> Optional.of(new HostBatch(
                        Named.inputs(model, "validation", inputs),
                        Named.targets(model, "validation", targets),
                        List.of())),
                Optional.empty());
    }

    public FitOptions validation(Dataset data) {
        return validation(model -> Optional.empty(), Optional.of(data));
    }

    private FitOptions validation(Function<Model, Optional<HostBatch>> batch, Optional<Dataset> dataset) {
        return with(options -> {
            options.validation = batch;
            options.validationDataset = dataset;
        });
    }

    /** The samples of a step of validation; without it the batch size of training. */
    public FitOptions validationBatchSize(int n) {
        return with(options -> options.validationBatchSize = OptionalInt.of(atLeast(1, "validationBatchSize", n)));
    }

    /** Validates on so many batches; without it on all. */
    public FitOptions validationSteps(int n) {
        return with(options -> options.validationSteps = OptionalInt.of(atLeast(1, "validationSteps", n)));
    }

    /** Validates after every so many epochs. */
    public FitOptions validationFrequency(int n) {
        return with(options -> options.validationFrequency = atLeast(1, "validationFrequency", n));
    }

    /** Whether to show progress. */
    public FitOptions verbose(boolean on) {
        return with(options -> options.verbose = on);
    }

    /** Adds a callback; they are told in the order they were added, before the progress bar and the history. */
    public FitOptions callback(Callback callback) {
        return callbacks(callback);
    }

    /** Adds callbacks, in this order, to those that were added before. */
    public FitOptions callbacks(Callback... added) {
        List<Callback> more = new ArrayList<>(callbacks);
        more.addAll(List.of(added));
        return with(options -> options.callbacks = List.copyOf(more));
    }

    public int epochs() {
        return epochs;
    }

    public int initialEpoch() {
        return initialEpoch;
    }

    public int batchSize() {
        return batchSize;
    }

    public OptionalInt stepsPerEpoch() {
        return stepsPerEpoch;
    }

    public boolean shuffle() {
        return shuffle;
    }

    public List<HostArray> sampleWeights() {
        return sampleWeights;
    }

    public Map<Integer, Double> classWeights() {
        return classWeights;
    }

    public double validationSplit() {
        return validationSplit;
    }

    Optional<HostBatch> validation(Model model) {
        return validation.apply(model);
    }

    public Optional<Dataset> validationDataset() {
        return validationDataset;
    }

    public int validationBatchSize() {
        return validationBatchSize.orElse(batchSize);
    }

    public OptionalInt validationSteps() {
        return validationSteps;
    }

    public int validationFrequency() {
        return validationFrequency;
    }

    public boolean verbose() {
        return verbose;
    }

    public List<Callback> callbacks() {
        return callbacks;
    }
}
