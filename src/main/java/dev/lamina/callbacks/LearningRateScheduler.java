package dev.lamina.callbacks;

/** Sets the learning rate at the beginning of each epoch. Adds {@code learning_rate} to the logs. */
public final class LearningRateScheduler implements Callback {
    /** A rate for an epoch. */
    @FunctionalInterface
    public interface Schedule {
        /**
         * The rate for an epoch.
         *
         * @param epoch from 0
         * @param rate the present one
         */
        double rate(int epoch, double rate);
    }

    private final Schedule schedule;

    public LearningRateScheduler(Schedule schedule) {
        this.schedule = schedule;
    }

    @Override
    public void onEpochBegin(int epoch, TrainingContext training) {
        double rate = schedule.rate(epoch, training.learningRate());
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "[LearningRateScheduler] expected a learning rate of at least 0 for epoch " + epoch + "; received "
                            + rate + ".");
        }
        training.setLearningRate(rate);
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        logs.put("learning_rate", training.learningRate());
    }
}
