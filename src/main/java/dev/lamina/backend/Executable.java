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
     * on, as many as the inputs have along their first axis, and each later one those after it. The results are what
     * putting the samples where {@link #input} says and {@link #run}, once for each step, would give: bit for bit,
     * unless {@link #runsTogether} says that sums have another order. Outputs are those of the last step. How many
     * steps are done at a time is the executable's choice.
     *
     * @param count how many steps
     * @throws IllegalArgumentException if the samples are not of the inputs' types and shapes, or are too few
     */
    void run(ResidentRows rows, int from, int count);

    /**
     * Whether several steps on samples of the device are one piece of work, of which only the end can be seen. The sums
     * in it may have an order of their own.
     */
    default boolean runsTogether() {
        return false;
    }

    /** Where an output lies after {@link #run}; valid until the next run. */
    Operand output(int index);

    /** Frees the arena. Closing twice does nothing. */
    @Override
    void close();
}
