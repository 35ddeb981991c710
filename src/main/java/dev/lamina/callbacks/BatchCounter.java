package dev.lamina.callbacks;

/** Counts batches across epochs, also where a hook is called once for several. */
final class BatchCounter {
    private final int every;
    private int count;
    private int lastStep = -1;

    BatchCounter(int every) {
        this.every = every;
    }

    void beginEpoch() {
        lastStep = -1;
    }

    /** Takes in the batches up to a step of the epoch; whether as many as wanted have come together. */
    boolean isDue(int step) {
        count += step - lastStep;
        lastStep = step;
        if (count < every) {
            return false;
        }
        count = 0;
        return true;
    }

    /** What {@link #restore} needs. */
    double[] state() {
        return new double[] {count, lastStep};
    }

    void restore(double newCount, double newLastStep) {
        count = (int) newCount;
        lastStep = (int) newLastStep;
    }
}
