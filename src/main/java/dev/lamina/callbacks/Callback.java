package dev.lamina.callbacks;

/**
 * Told about the progress of fit and evaluate. Logs are read lazily: asking for a value waits for the device. Every
 * method does nothing by default.
 */
public interface Callback {
    /** What is known when training begins. */
    record Plan(int epochs, int initialEpoch, int stepsPerEpoch, int samples) {}

    default void onTrainBegin(Plan plan) {}

    default void onTrainEnd() {}

    default void onEpochBegin(int epoch) {}

    /** @param logs the epoch's metrics, those of the validation with the prefix {@code val_} */
    default void onEpochEnd(int epoch, Logs logs, TrainingControl control) {}

    default void onTrainBatchEnd(int step, Logs logs, TrainingControl control) {}

    default void onTestBegin(int steps) {}

    default void onTestBatchEnd(int step, Logs logs) {}

    default void onTestEnd(Logs logs) {}
}
