package dev.lamina.models;

import dev.lamina.data.HostBatch;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The batches of arrays in memory. */
final class ArrayFeed implements BatchFeed {
    private final Samples samples;
    private final int batchSize;
    private OptionalLong shuffleSeed;
    private int from;
    private boolean first = true;
    private boolean worthKeeping;
    private @Nullable ResidentSamples resident;
    private @Nullable StepBatch latest;

    /** @param shuffleSeed what the orders of the passes are made from; empty for the order of the arrays */
    ArrayFeed(Samples samples, int batchSize, OptionalLong shuffleSeed) {
        this.samples = samples;
        this.batchSize = batchSize;
        this.shuffleSeed = shuffleSeed;
        this.from = samples.count();
    }

    /**
     * Lets the samples lie on the device from the second batch on, when what the first step needs has its memory; if
     * there is room, and so many passes of so many steps (all without them) use each sample at least once.
     */
    ArrayFeed resident(int passes, OptionalInt steps) {
        long used = (long) passes * Math.min(samples.count(), (long) steps.orElse(samples.count()) * batchSize);
        worthKeeping = used >= samples.count();
        return this;
    }

    @Override
    public OptionalInt batches() {
        return OptionalInt.of(Math.ceilDiv(samples.count(), batchSize));
    }

    @Override
    public OptionalInt samples() {
        return OptionalInt.of(samples.count());
    }

    @Override
    public void begin(long pass) {
        shuffleSeed.ifPresent(seed -> samples.shuffle(seed, pass));
        ResidentSamples kept = resident;
        if (kept != null) {
            kept.reorder();
        }
        from = 0;
    }

    @Override
    public boolean hasNext() {
        return from < samples.count();
    }

    @Override
    public StepBatch next(int most) {
        if (worthKeeping && !first) {
            worthKeeping = false;
            resident = ResidentSamples.of(samples, shuffleSeed.isPresent()).orElse(null);
        }
        first = false;
        int begin = from;
        int batch = Math.min(batchSize, samples.count() - begin);
        ResidentSamples kept = resident;
        if (kept == null) {
            from += batch;
            return onHost(samples.batch(begin, from));
        }
        int steps = Math.min(most, (samples.count() - begin) / batch);
        from += steps * batch;
        return kept.batches(begin, batch, steps);
    }

    /** The batch as a step takes it: the same object for the same one, so that steps leave no garbage. */
    private StepBatch onHost(HostBatch batch) {
        StepBatch known = latest;
        if (known == null || !known.onHost().equals(batch)) {
            known = StepBatch.of(batch);
            latest = known;
        }
        return known;
    }

    @Override
    public void goOn() {
        first = false;
    }

    @Override
    public void skip(int batches) {
        from = Math.min(samples.count(), Math.multiplyExact(from / batchSize + batches, batchSize));
    }

    @Override
    public OptionalLong shuffleSeed() {
        return shuffleSeed;
    }

    @Override
    public void setShuffleSeed(long seed) {
        if (shuffleSeed.isPresent()) {
            shuffleSeed = OptionalLong.of(seed);
        }
    }

    @Override
    public void close() {
        ResidentSamples kept = resident;
        if (kept != null) {
            kept.close();
        }
    }
}
