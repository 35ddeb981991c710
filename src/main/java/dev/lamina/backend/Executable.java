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

    /** Where an output lies after {@link #run}; valid until the next run. */
    Operand output(int index);

    /** Frees the arena. Closing twice does nothing. */
    @Override
    void close();
}
