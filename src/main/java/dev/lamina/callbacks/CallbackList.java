package dev.lamina.callbacks;

import dev.lamina.errors.LayerCallException;
import dev.lamina.tensor.HostArray;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Callbacks told one after the other, in their order. What one of them throws ends the training, and says which
 * callback and hook it came from.
 */
public final class CallbackList implements Callback {
    private final List<Callback> callbacks;

    public CallbackList(List<? extends Callback> callbacks) {
        this.callbacks = List.copyOf(callbacks);
    }

    /** What each callback remembers, in their order. */
    public List<Map<String, HostArray>> states() {
        return callbacks.stream().map(Callback::state).toList();
    }

    /** Gives each callback what it remembered; those without stay as they are. */
    public void restoreAll(IntFunction<Map<String, HostArray>> states) {
        for (int i = 0; i < callbacks.size(); i++) {
            Map<String, HostArray> state = states.apply(i);
            if (!state.isEmpty()) {
                callbacks.get(i).restore(state);
            }
        }
    }

    private void each(String hook, Consumer<Callback> action) {
        for (Callback callback : callbacks) {
            try {
                action.accept(callback);
            } catch (RuntimeException | Error e) {
                LayerCallException.addContext(e, where(hook, callback));
                throw e;
            }
        }
    }

    private static String where(String hook, Callback callback) {
        String name = callback.getClass().getSimpleName();
        return "in " + hook + " of the callback "
                + (name.isEmpty() ? callback.getClass().getName() : name);
    }

    /** Whether one of the callbacks does. */
    @Override
    public boolean followsBatches() {
        return callbacks.stream().anyMatch(Callback::followsBatches);
    }

    /** The least of those that follow batches; any number if none does. */
    @Override
    public int stepsPerExecution() {
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < callbacks.size(); i++) {
            Callback callback = callbacks.get(i);
            if (callback.followsBatches()) {
                least = Math.min(least, callback.stepsPerExecution());
            }
        }
        return least;
    }

    @Override
    public void onTrainBegin(Plan plan, TrainingContext training) {
        each("onTrainBegin", callback -> callback.onTrainBegin(plan, training));
    }

    @Override
    public void onTrainEnd(Logs logs, TrainingContext training) {
        each("onTrainEnd", callback -> callback.onTrainEnd(logs, training));
    }

    /** Tells every callback; what they throw is added to the error as suppressed. */
    @Override
    public void onTrainFailure(Throwable error) {
        for (Callback callback : callbacks) {
            try {
                callback.onTrainFailure(error);
            } catch (RuntimeException e) {
                LayerCallException.addContext(e, where("onTrainFailure", callback));
                error.addSuppressed(e);
            }
        }
    }

    @Override
    public void onEpochBegin(int epoch, TrainingContext training) {
        each("onEpochBegin", callback -> callback.onEpochBegin(epoch, training));
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        each("onEpochEnd", callback -> callback.onEpochEnd(epoch, logs, training));
    }

    @Override
    public void onTrainBatchBegin(int step, TrainingContext training) {
        // These two are called for every step: without a lambda they leave no garbage.
        for (int i = 0; i < callbacks.size(); i++) {
            Callback callback = callbacks.get(i);
            try {
                callback.onTrainBatchBegin(step, training);
            } catch (RuntimeException | Error e) {
                LayerCallException.addContext(e, where("onTrainBatchBegin", callback));
                throw e;
            }
        }
    }

    @Override
    public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
        for (int i = 0; i < callbacks.size(); i++) {
            Callback callback = callbacks.get(i);
            try {
                callback.onTrainBatchEnd(step, logs, training);
            } catch (RuntimeException | Error e) {
                LayerCallException.addContext(e, where("onTrainBatchEnd", callback));
                throw e;
            }
        }
    }

    @Override
    public void onTestBegin(OptionalInt steps) {
        each("onTestBegin", callback -> callback.onTestBegin(steps));
    }

    @Override
    public void onTestBatchBegin(int step) {
        each("onTestBatchBegin", callback -> callback.onTestBatchBegin(step));
    }

    @Override
    public void onTestBatchEnd(int step, Logs logs) {
        each("onTestBatchEnd", callback -> callback.onTestBatchEnd(step, logs));
    }

    @Override
    public void onTestEnd(Logs logs) {
        each("onTestEnd", callback -> callback.onTestEnd(logs));
    }

    @Override
    public void onPredictBegin(OptionalInt steps) {
        each("onPredictBegin", callback -> callback.onPredictBegin(steps));
    }

    @Override
    public void onPredictBatchBegin(int step) {
        each("onPredictBatchBegin", callback -> callback.onPredictBatchBegin(step));
    }

    @Override
    public void onPredictBatchEnd(int step) {
        each("onPredictBatchEnd", callback -> callback.onPredictBatchEnd(step));
    }

    @Override
    public void onPredictEnd() {
        each("onPredictEnd", Callback::onPredictEnd);
    }
}
