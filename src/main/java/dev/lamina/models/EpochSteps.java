package dev.lamina.models;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The batches of one epoch after the other. An epoch is one pass over the data, or so many steps, of which the next
 * epoch's are the continuation.
 */
final class EpochSteps implements AutoCloseable {
    private final BatchFeed feed;
    private final OptionalInt stepsPerEpoch;
    private long pass = -1;
    private int taken;
    private Optional<StepBatch> looked = Optional.empty();

    EpochSteps(BatchFeed feed, OptionalInt stepsPerEpoch) {
        this.feed = feed;
        this.stepsPerEpoch = stepsPerEpoch;
    }

    /** The steps of an epoch, if they are known. */
    OptionalInt steps() {
        return stepsPerEpoch.isPresent() ? stepsPerEpoch : feed.batches();
    }

    OptionalInt samples() {
        return feed.samples();
    }

    /** The first batch of the first pass, which stays the next one. */
    StepBatch first() {
        nextPass();
        looked = Optional.of(feed.next(1));
        return looked.get();
    }

    /** Goes to where the next epoch begins. */
    void beginEpoch() {
        boolean fresh = pass >= 0 && taken == 0;
        if (!fresh && (stepsPerEpoch.isEmpty() || pass < 0)) {
            nextPass();
        }
    }

    private void nextPass() {
        pass++;
        taken = 0;
        looked = Optional.empty();
        feed.begin(pass);
    }

    /** Whether the epoch goes on after so many steps. */
    boolean hasNext(int step) {
        return stepsPerEpoch.isPresent() ? step < stepsPerEpoch.getAsInt() : looked.isPresent() || feed.hasNext();
    }

    /**
     * What the next steps of the epoch work on.
     *
     * @param step how many there were in this epoch
     * @param most how many there may be at most
     */
    StepBatch next(int step, int most) {
        if (looked.isEmpty() && !feed.hasNext()) {
            nextPass();
        }
        int left = Math.min(most, stepsPerEpoch.orElse(Integer.MAX_VALUE) - step);
        StepBatch batch = looked.isPresent() ? looked.get() : feed.next(left);
        looked = Optional.empty();
        taken += batch.steps();
        return batch;
    }

    /** The batch that {@link #first} gave, as long as it is the next one. */
    Optional<StepBatch> looked() {
        return looked;
    }

    /** Where training stands in its data, as a part of its position. */
    TrainingState.Position position(int epoch, int step, boolean stopped) {
        return new TrainingState.Position(
                epoch, step, pass, taken, feed.shuffleSeed().orElse(0), stopped);
    }

    /** Goes to a place that {@link #position} gave. */
    void moveTo(TrainingState.Position position) {
        feed.setShuffleSeed(position.shuffleSeed());
        pass = position.pass();
        taken = position.taken();
        looked = Optional.empty();
        if (pass >= 0) {
            feed.begin(pass);
            feed.skip(taken);
        }
    }

    @Override
    public void close() {
        feed.close();
    }
}
