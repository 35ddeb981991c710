package dev.lamina.models;

import dev.lamina.callbacks.Callback;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How fit goes about it; Keras's names and defaults.
 *
 * @param epochs up to which epoch to train, counted from 1
 * @param batchSize samples a step; the last batch of an epoch may be smaller
 * @param shuffle whether the samples are put in a new order before each epoch
 * @param validationSplit the fraction at the end of the data, before shuffling, that is kept for validation
 * @param validationFrequency validate after every so many epochs
 * @param initialEpoch the epochs that have been trained already
 * @param verbose whether to show progress
 */
public record FitOptions(
        int epochs,
        int batchSize,
        boolean shuffle,
        double validationSplit,
        Optional<Validation> validation,
        int validationFrequency,
        int initialEpoch,
        boolean verbose,
        List<Callback> callbacks) {

    /** Data to validate on. */
    public record Validation(List<HostArray> x, List<HostArray> y) {}

    /** One epoch, batches of 32, shuffled, no validation, progress shown. */
    public static final FitOptions DEFAULT = new FitOptions(1, 32, true, 0, Optional.empty(), 1, 0, true, List.of());

    public FitOptions {
        callbacks = List.copyOf(callbacks);
        if (epochs < 0 || initialEpoch < 0 || batchSize < 1 || validationFrequency < 1) {
            throw new IllegalArgumentException("[fit] expected epochs and initialEpoch of at least 0, batchSize and "
                    + "validationFrequency of at least 1; received epochs " + epochs + ", initialEpoch " + initialEpoch
                    + ", batchSize " + batchSize + ", validationFrequency " + validationFrequency + ".");
        }
        if (!(validationSplit >= 0 && validationSplit < 1)) {
            throw new IllegalArgumentException(
                    "[fit] expected validationSplit from 0 to below 1; received " + validationSplit + ".");
        }
    }

    public static FitOptions epochs(int epochs) {
        return DEFAULT.withEpochs(epochs);
    }

    public FitOptions withEpochs(int n) {
        return new FitOptions(
                n,
                batchSize,
                shuffle,
                validationSplit,
                validation,
                validationFrequency,
                initialEpoch,
                verbose,
                callbacks);
    }

    public FitOptions batchSize(int n) {
        return new FitOptions(
                epochs, n, shuffle, validationSplit, validation, validationFrequency, initialEpoch, verbose, callbacks);
    }

    public FitOptions shuffle(boolean on) {
        return new FitOptions(
                epochs,
                batchSize,
                on,
                validationSplit,
                validation,
                validationFrequency,
                initialEpoch,
                verbose,
                callbacks);
    }

    public FitOptions validationSplit(double fraction) {
        return new FitOptions(
                epochs,
                batchSize,
                shuffle,
                fraction,
                validation,
                validationFrequency,
                initialEpoch,
                verbose,
                callbacks);
    }

    public FitOptions validation(HostArray x, HostArray y) {
        Optional<Validation> data = Optional.of(new Validation(List.of(x), List.of(y)));
        return new FitOptions(
                epochs,
                batchSize,
                shuffle,
                validationSplit,
                data,
                validationFrequency,
                initialEpoch,
                verbose,
                callbacks);
    }

    public FitOptions validationFrequency(int n) {
        return new FitOptions(
                epochs, batchSize, shuffle, validationSplit, validation, n, initialEpoch, verbose, callbacks);
    }

    public FitOptions initialEpoch(int n) {
        return new FitOptions(
                epochs, batchSize, shuffle, validationSplit, validation, validationFrequency, n, verbose, callbacks);
    }

    public FitOptions verbose(boolean on) {
        return new FitOptions(
                epochs,
                batchSize,
                shuffle,
                validationSplit,
                validation,
                validationFrequency,
                initialEpoch,
                on,
                callbacks);
    }

    public FitOptions callback(Callback callback) {
        List<Callback> more = new ArrayList<>(callbacks);
        more.add(callback);
        return new FitOptions(
                epochs,
                batchSize,
                shuffle,
                validationSplit,
                validation,
                validationFrequency,
                initialEpoch,
                verbose,
                more);
    }
}
