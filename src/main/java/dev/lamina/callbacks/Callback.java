package dev.lamina.callbacks;

import dev.lamina.tensor.HostArray;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Told about the progress of fit, evaluate and predict. Logs go by Keras's names and are read lazily: asking for a
 * value waits for the device. Epochs and steps count from 0. Every method does nothing by default.
 *
 * <p>The batch hooks are called once for {@code stepsPerExecution} steps: at the beginning with the first of them, at
 * the end with the last. Where no callback {@linkplain #followsBatches follows batches}, they may be called for more
 * steps at a time.
 */
public interface Callback {
    /**
     * What is known when training begins.
     *
     * @param stepsPerEpoch empty if only the end of the data will tell
     * @param samples the samples of one pass, if that is known
     */
    record Plan(int epochs, int initialEpoch, OptionalInt stepsPerEpoch, OptionalInt samples) {}

    /**
     * Whether the batch hooks of training and evaluation do anything, so that steps can't be run without a stop for
     * them. By default, whether the class has one of its own.
     */
    default boolean followsBatches() {
        return BatchHooks.areOverridden(getClass());
    }

    /**
     * How many steps may be one execution between two calls of the batch hooks; asked before each execution of one that
     * follows batches. By default 1: it is told of every step. The least of all callbacks counts, or the model's
     * {@code stepsPerExecution} if that is more.
     */
    default int stepsPerExecution() {
        return 1;
    }

    default void onTrainBegin(Plan plan, TrainingContext training) {}

    /** @param logs those of the last epoch */
    default void onTrainEnd(Logs logs, TrainingContext training) {}

    /**
     * Training ends by an exception, which is thrown on afterwards; {@link #onTrainEnd} is not called. For closing what
     * is open.
     */
    default void onTrainFailure(Throwable error) {}

    default void onEpochBegin(int epoch, TrainingContext training) {}

    /** @param logs the epoch's metrics, those of the validation with the prefix {@code val_} */
    default void onEpochEnd(int epoch, Logs logs, TrainingContext training) {}

    default void onTrainBatchBegin(int step, TrainingContext training) {}

    /** @param logs the metrics since the epoch began */
    default void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {}

    /** An evaluation begins; also that of a validation. */
    default void onTestBegin(OptionalInt steps) {}

    default void onTestBatchBegin(int step) {}

    default void onTestBatchEnd(int step, Logs logs) {}

    default void onTestEnd(Logs logs) {}

    default void onPredictBegin(OptionalInt steps) {}

    default void onPredictBatchBegin(int step) {}

    default void onPredictBatchEnd(int step) {}

    default void onPredictEnd() {}

    /** What the callback must remember for an interrupted training to go on as if nothing had happened, by name. */
    default Map<String, HostArray> state() {
        return Map.of();
    }

    /** Goes back to what {@link #state} gave; after {@link #onTrainBegin}. */
    default void restore(Map<String, HostArray> state) {}
}
