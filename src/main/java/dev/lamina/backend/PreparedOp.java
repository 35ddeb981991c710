package dev.lamina.backend;

/** An op bound to its memory, to be run again and again. */
@FunctionalInterface
public interface PreparedOp extends Runnable, AutoCloseable {
    /** Gives up what was made for the runs, such as a table of addresses on the device; nothing for most ops. */
    @Override
    default void close() {}
}
