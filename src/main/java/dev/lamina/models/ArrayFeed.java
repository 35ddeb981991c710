package dev.lamina.models;

import dev.lamina.data.HostBatch;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The batches of arrays in memory. */
final class ArrayFeed implements BatchFeed {
    private final Samples samples;
    private final int batchSize;
    private OptionalLong shuffleSeed;
    private int from;

    /** @param shuffleSeed what the orders of the passes are made from; empty for the order of the arrays */
    ArrayFeed(Samples samples, int batchSize, OptionalLong shuffleSeed) {
        this.samples = samples;
        this.batchSize = batchSize;
        this.shuffleSeed = shuffleSeed;
        this.from = samples.count();
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
        from = 0;
    }

    @Override
    public boolean hasNext() {
        return from < samples.count();
    }

    @Override
    public HostBatch next() {
        int to = Math.min(samples.count(), from + batchSize);
        HostBatch batch = samples.batch(from, to);
        from = to;
        return batch;
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
}
