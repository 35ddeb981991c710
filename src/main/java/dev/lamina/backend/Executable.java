package dev.lamina.backend;

import dev.lamina.tensor.Operand;

/**
 * A plan bound to memory, ready to be run again and again. Allocates nothing when it runs. Not safe for use by several
 * threads at once; its owner serializes them.
 */
public interface Executable extends AutoCloseable {
    /** Where the values of an input are to be put before {@link #run}. */
    Operand input(int index);

    /** Runs all nodes once. */
    void run();

    /**
     * Runs steps on samples that lie on the device: the first takes those from the place {@code from} of their order
     * on, as many as the inputs have along their first axis, and each later one those after it. The results are the
     * bits that putting the samples where {@link #input} says and {@link #run}, once for each step, would give; outputs
     * are those of the last step. How many steps are done at a time is the executable's choice.
     *
     * @param count how many steps
     * @throws IllegalArgumentException if the samples are not of the inputs' types and shapes, or are too few
     */
    void run(ResidentRows rows, int from, int count);

    /** Where an output lies after {@link #run}; valid until the next run. */
    Operand output(int index);

    /** Frees the arena. Closing twice does nothing. */
    @Override
    void close();
}
