package dev.lamina.cli.bench;

import dev.lamina.tensor.HostArray;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntConsumer;

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
            Optional<double[]> losses,
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

    /** A device may take in steps much faster than it does them: after so many it is waited for. */
    private static final int MOST_ISSUED = 64;

    private final BenchCase one;
    private final BenchWork work;
    private final float[][] inputs;
    private final float[] out;
    private final long[] latencies = new long[MOST_LATENCIES];
    private int measured;
    private int batch;

    Measurement(BenchCase one, BenchData data, BenchWork work) {
        this.one = one;
        this.work = work;
        inputs = data.x().stream().map(HostArray::toFloatArray).toArray(float[][]::new);
        this.out = new float[one.batch() * one.outputs()];
    }

    Result run(Length length) throws InterruptedException {
        IntConsumer step = one.trains() ? work::step : at -> work.predict(inputs[at], out);
        double first = poolLoss();
        if (!one.trains()) {
            next(step);
        }
        long startup = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        warmUp(step, length);
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
            long steps = steps(step, start + (long) (length.seconds() * 1e9));
            work.await();
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
            rates[repeat++] = steps * one.batch() / took;
        }
        Arrays.sort(rates);
        double[] sorted = Arrays.stream(latencies, 0, measured)
                .mapToDouble(nanos -> nanos / 1e6)
                .sorted()
                .toArray();
        Optional<double[]> losses = one.trains() ? Optional.of(new double[] {first, poolLoss()}) : Optional.empty();
        return new Result(rates, sorted, losses, startup, own / seconds, worst);
    }

    /** By time, and at least 30 steps. */
    private void warmUp(IntConsumer step, Length length) throws InterruptedException {
        ProcessorLoad.awaitQuiet(length.gate());
        long end = System.nanoTime() + (long) (length.warmup() * 1e9);
        for (int n = 0; n < 30 || System.nanoTime() < end; n++) {
            next(step);
            if (n % MOST_ISSUED == MOST_ISSUED - 1) {
                work.await();
            }
        }
        work.await();
    }

    private long steps(IntConsumer step, long end) {
        long steps = 0;
        for (long now = System.nanoTime(); now < end; steps++) {
            next(step);
            if (steps % MOST_ISSUED == MOST_ISSUED - 1) {
                work.await();
            }
            long then = System.nanoTime();
            if (measured < MOST_LATENCIES) {
                latencies[measured++] = then - now;
            }
            now = then;
        }
        return steps;
    }

    private void next(IntConsumer step) {
        step.accept(batch);
        batch = (batch + 1) % one.pool();
    }

    /** The mean loss over the pool, training as it goes: shows that it learns. */
    private double poolLoss() {
        if (!one.trains()) {
            return Double.NaN;
        }
        double sum = 0;
        for (int i = 0; i < one.pool(); i++) {
            work.step(i);
            sum += work.loss();
        }
        return sum / one.pool();
    }
}
