package dev.lamina.callbacks;

/** Lets a callback end the training. */
public final class TrainingControl {
    private volatile boolean stopped;

    /** Training ends after the present batch or epoch. */
    public void stopTraining() {
        stopped = true;
    }

    public boolean isStopped() {
        return stopped;
    }
}
