package dev.lamina.callbacks;

import java.util.Map;
import java.util.OptionalInt;

/** Tells a callback about a training of made-up numbers. */
final class CallbackRun {
    private final FakeTraining training;
    private final CallbackList callback;

    CallbackRun(Callback callback, FakeTraining training) {
        this.callback = new CallbackList(java.util.List.of(callback));
        this.training = training;
    }

    /** Shows the values of one name, an epoch each, until the training is stopped; how many epochs there were. */
    int epochs(String name, double... values) {
        callback.onTrainBegin(new Callback.Plan(values.length, 0, OptionalInt.of(1), OptionalInt.of(4)), training);
        int epoch = 0;
        Logs logs = Logs.of(Map.of());
        while (epoch < values.length && !training.stopped) {
            callback.onEpochBegin(epoch, training);
            logs = Logs.of(Map.of(name, values[epoch]));
            callback.onEpochEnd(epoch, logs, training);
            epoch++;
        }
        callback.onTrainEnd(logs, training);
        return epoch;
    }
}
