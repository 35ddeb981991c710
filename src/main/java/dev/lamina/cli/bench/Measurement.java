package dev.lamina.cli.bench;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The measuring loop. A repeat during which other processes took processor time on a busy machine is thrown away and
 * repeated, three times the number of repeats at most.
 */
final class Measurement {
    /** How long to measure. Warm-up, repeats and the longest wait for a quiet machine are in seconds. */
    record Length(int repeats, double seconds, double warmup, double gate) {}

    /**
     * What was measured. Rates are samples a second, latencies milliseconds of single steps, sorted: on a GPU, the time
     * to issue one.
     */
    record Result(
            double[] rates,
            double[] latencies,
            OptionalDouble firstLoss,
            OptionalDouble lastLoss,
            long startupMillis,
            double cores,
            double foreignCores) {
        double median() {
            return rates[rates.length / 2];
        }

        double latency(double quantile) {
            return latencies[(int) (latencies.length * quantile)];
        }
    }

    private static final int MOST_LATENCIES = 1 << 20;

    /** Steps before the first repeat, and without a warm-up: a device does the third as it does all later ones. */
    private static final int LEAST_TO_WARM_UP = 30;

    private static final int LEAST = 3;

    private final Work work;
    private final long[] latencies = new long[MOST_LATENCIES];
    private int measured;

    Measurement(Work work) {
        this.work = work;
    }

    Result run(Length length) throws InterruptedException {
        OptionalDouble first = work.loss();
        long startup = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        ProcessorLoad.awaitQuiet(length.gate());
        work.run(length.warmup(), length.warmup() > 0 ? LEAST_TO_WARM_UP : LEAST, _ -> {});
        double[] rates = new double[length.repeats()];
        double seconds = 0;
        double own = 0;
        double worst = 0;
        int processors = Runtime.getRuntime().availableProcessors();
        for (int repeat = 0, tries = 0; repeat < rates.length; tries++) {
            ProcessorLoad.awaitQuiet(length.gate());
            ProcessorLoad before = ProcessorLoad.now();
            int from = measured;
            long start = System.nanoTime();
            Work.Done done = work.run(length.seconds(), 1, this::remember);
            double took = (System.nanoTime() - start) / 1e9;
            ProcessorLoad after = ProcessorLoad.now();
            double foreign = after.foreignSince(before, took);
            boolean disturbed = foreign > 0.08 && after.allSince(before, took) > 0.94 * processors;
            if (disturbed && tries < 3 * rates.length) {
                measured = from;
                continue;
            }
            worst = Math.max(worst, foreign);
            own += after.ownSince(before, took) * took;
            seconds += took;
            rates[repeat++] = done.samples() / done.seconds();
        }
        Arrays.sort(rates);
        double[] sorted = Arrays.stream(latencies, 0, measured)
                .mapToDouble(nanos -> nanos / 1e6)
                .sorted()
                .toArray();
        OptionalDouble last = first.isPresent() ? work.loss() : first;
        return new Result(rates, sorted, first, last, startup, own / seconds, worst);
    }

    private void remember(long nanos) {
        if (measured < MOST_LATENCIES) {
            latencies[measured++] = nanos;
        }
    }
}
