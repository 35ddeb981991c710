package dev.lamina.cli.bench;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.LongConsumer;

/** A case that is ready to be measured. */
interface Work extends AutoCloseable {
    /** How many samples were done in how many seconds. */
    record Done(long samples, double seconds) {}

    /**
     * Works for about so long, and until all of it is done.
     *
     * @param leastSteps how many steps it is at least
     * @param latency told the nanoseconds of each step
     */
    Done run(double seconds, int leastSteps, LongConsumer latency);

    /** The samples of one step. */
    long samples();

    /**
     * The mean loss over the data, training as it goes, which shows that it learns; empty where nothing is trained:
     * then the work is done once.
     */
    OptionalDouble loss();

    /** Bytes of the device's memory that a sample reads and writes; 0 where that is not what counts. */
    default double bytes() {
        return 0;
    }

    /** What a line says beside the times, such as the sizes. */
    Map<String, Object> facts();

    @Override
    void close();
}
