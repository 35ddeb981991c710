package dev.lamina.models;

import java.util.OptionalInt;
import java.util.OptionalLong;

/** Batches, pass after pass over the same data. Before the first {@link #begin} there are none. */
interface BatchFeed extends AutoCloseable {
    /** The batches of a pass, if that is known before its end. */
    OptionalInt batches();

    /** The samples of a pass, if that is known. */
    OptionalInt samples();

    /** Goes to the first batch of a pass, counted from 0; its order depends on nothing else. */
    void begin(long pass);

    boolean hasNext();

    /**
     * The next batch of the pass, or several of the same size where samples lie on the device; valid until the one
     * after it is asked for.
     *
     * @param most how many batches at most, at least 1
     */
    StepBatch next(int most);

    /** Passes have gone before, in the process of an interrupted training: what those after them run on, these do. */
    default void goOn() {}

    /** Leaves out so many batches. */
    void skip(int batches);

    /** What the orders of the passes are made from; empty if they are not shuffled. */
    default OptionalLong shuffleSeed() {
        return OptionalLong.empty();
    }

    /** Makes the orders of the passes from another seed; for one that shuffles. */
    default void setShuffleSeed(long seed) {}

    /** Frees what the batches need. */
    @Override
    default void close() {}
}
