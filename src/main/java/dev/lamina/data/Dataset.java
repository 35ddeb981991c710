package dev.lamina.data;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.function.IntFunction;

/**
 * Batches that are made when they are needed: data too large for memory, or drawn on the way. Each call of
 * {@link #iterator()} begins a pass over the data, whose end is the epoch's unless {@code stepsPerEpoch} says
 * otherwise. A batch's memory may be used again for the one after next.
 */
public interface Dataset extends Iterable<HostBatch> {
    /** How many batches a pass has, if that is known beforehand. */
    default OptionalInt batches() {
        return OptionalInt.empty();
    }

    /** Batches of unknown number; the argument gives an iterator for each pass. */
    static Dataset of(Iterable<HostBatch> batches) {
        return batches::iterator;
    }

    /** A known number of batches, by their index from 0. */
    static Dataset of(int count, IntFunction<HostBatch> batches) {
        if (count < 1) {
            throw new IllegalArgumentException("[dataset] expected at least 1 batch; received " + count + ".");
        }
        return new Dataset() {
            @Override
            public OptionalInt batches() {
                return OptionalInt.of(count);
            }

            @Override
            public Iterator<HostBatch> iterator() {
                return new Iterator<>() {
                    private int next;

                    @Override
                    public boolean hasNext() {
                        return next < count;
                    }

                    @Override
                    public HostBatch next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException("[dataset] the pass of " + count + " batches is over.");
                        }
                        return batches.apply(next++);
                    }
                };
            }
        };
    }
}
