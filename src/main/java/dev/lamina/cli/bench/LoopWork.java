package dev.lamina.cli.bench;

import java.util.OptionalDouble;
import java.util.function.LongConsumer;

/** Work of single steps, issued one after the other. */
abstract class LoopWork implements Work {
    /** A device may take in steps much faster than it does them: after so many it is waited for. */
    private static final int MOST_ISSUED = 64;

    /** Issues the next step; a device may do it later. */
    abstract void step();

    /** Waits until all steps are done. */
    abstract void await();

    /** By time, and at least so many steps. A latency is, on a GPU, the time to issue one. */
    @Override
    public Done run(double seconds, int leastSteps, LongConsumer latency) {
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        long steps = 0;
        for (long now = start; steps < leastSteps || now < end; steps++) {
            step();
            if (steps % MOST_ISSUED == MOST_ISSUED - 1) {
                await();
            }
            long then = System.nanoTime();
            latency.accept(then - now);
            now = then;
        }
        await();
        return new Done(steps * samples(), (System.nanoTime() - start) / 1e9);
    }

    /** For work that trains nothing. */
    @Override
    public OptionalDouble loss() {
        step();
        await();
        return OptionalDouble.empty();
    }
}
