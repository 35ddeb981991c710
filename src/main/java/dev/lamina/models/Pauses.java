package dev.lamina.models;

import dev.lamina.callbacks.Callback;

/**
 * Where a loop over batches stops for the batch hooks of its callbacks: after as many steps as the model has in an
 * execution, or later where the callbacks let more steps be one and the batches are taken so.
 */
final class Pauses {
    private final Callback callbacks;
    private final int stepsPerExecution;
    private final boolean followed;
    private int least;
    private int most;

    Pauses(Callback callbacks, int stepsPerExecution) {
        this.callbacks = callbacks;
        this.stepsPerExecution = stepsPerExecution;
        followed = callbacks.followsBatches();
    }

    /** The hooks have been called, and the loop goes on from here. */
    void begin(int step) {
        least = after(step, followed ? stepsPerExecution : Integer.MAX_VALUE);
        most = followed ? Math.max(least, after(step, callbacks.stepsPerExecution())) : least;
    }

    private static int after(int step, int steps) {
        return step + Math.min(steps, Integer.MAX_VALUE - step);
    }

    /** How many steps there may be before the next pause. */
    int most(int step) {
        return most - step;
    }

    /** Whether it is time to call the hooks. */
    boolean isDue(int step) {
        return step >= least;
    }
}
