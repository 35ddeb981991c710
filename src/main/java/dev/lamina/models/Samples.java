package dev.lamina.models;

import dev.lamina.data.HostBatch;
import dev.lamina.tensor.HostArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Arrays with the same number of samples along their first axis, handed out in batches. */
final class Samples {
    /** Up to this size a batch is rather copied than made anew as a view, which would leave garbage. */
    private static final long MOST_COPIED_BYTES = 64 << 10;

    private final String where;
    private final List<HostArray> arrays;
    private final int inputs;
    private final int targets;
    private final int count;
    private final int[] order;
    private boolean ordered = true;
    private List<MemorySegment> staging = List.of();
    private final long[] rowBytes;
    private final long sampleBytes;
    private @Nullable HostBatch staged;

    /** @param where the method's name, for the error when the numbers of samples differ */
    Samples(String where, List<HostArray> x, List<HostArray> y, List<HostArray> sampleWeights) {
        this.where = where;
        arrays = new ArrayList<>(x);
        arrays.addAll(y);
        arrays.addAll(sampleWeights);
        inputs = x.size();
        targets = y.size();
        if (x.isEmpty()) {
            throw new IllegalArgumentException("[" + where + "] expected at least one input array; received none.");
        }
        HostBatch.checkCounts(where, x, y, sampleWeights);
        count = x.get(0).shape().size(0);
        rowBytes = arrays.stream().mapToLong(HostArray::rowBytes).toArray();
        sampleBytes = LongStream.of(rowBytes).sum();
        order = new int[count];
        inOrder();
    }

    static Samples of(String where, HostBatch data) {
        return new Samples(where, data.x(), data.y(), data.sampleWeights());
    }

    private void inOrder() {
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
    }

    int count() {
        return count;
    }

    void requireSome() {
        if (count == 0) {
            throw new IllegalArgumentException("[" + where + "] expected at least one sample; received none.");
        }
    }

    /** The number of bytes of all samples. */
    long bytes() {
        return count * sampleBytes;
    }

    /** The inputs, then the targets, then the weights, in their own order. */
    List<HostArray> arrays() {
        return arrays;
    }

    /** The number of inputs. */
    int inputs() {
        return inputs;
    }

    /** The present order: at each place the number of a sample. */
    int[] order() {
        return order;
    }

    /** Puts the samples in the random order of a pass (Fisher and Yates), which depends on nothing else. */
    void shuffle(long seed, long pass) {
        ordered = false;
        inOrder();
        Random random = new Random(seed + 0x9E3779B97F4A7C15L * pass);
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /**
     * The samples {@code from} to {@code to} of the present order; valid until the next call. Batches of one size are
     * the same objects over the same memory, but for large ones in the arrays' own order, which lie where they are.
     */
    HostBatch batch(int from, int to) {
        if (ordered && (to - from) * sampleBytes > MOST_COPIED_BYTES) {
            return split(arrays.stream().map(array -> array.rows(from, to)).toList());
        }
        HostBatch batch = staged;
        if (batch == null || batch.size() != to - from) {
            batch = stage(to - from);
            staged = batch;
        }
        for (int a = 0; a < arrays.size(); a++) {
            MemorySegment source = arrays.get(a).data();
            MemorySegment target = staging.get(a);
            long row = rowBytes[a];
            for (int i = from; i < to; i++) {
                MemorySegment.copy(source, order[i] * row, target, (i - from) * row, row);
            }
        }
        return batch;
    }

    private HostBatch stage(int size) {
        List<HostArray> batch = new ArrayList<>();
        for (int a = 0; a < arrays.size(); a++) {
            HostArray array = arrays.get(a);
            MemorySegment target = staging(a, rowBytes[a] * size);
            batch.add(HostArray.over(target, array.shape().withSize(0, size), array.dtype()));
        }
        return split(batch);
    }

    private HostBatch split(List<HostArray> parts) {
        int end = inputs + targets;
        return new HostBatch(parts.subList(0, inputs), parts.subList(inputs, end), parts.subList(end, parts.size()));
    }

    private MemorySegment staging(int array, long bytes) {
        if (staging.isEmpty()) {
            staging = new ArrayList<>();
            arrays.forEach(any -> staging.add(MemorySegment.NULL));
        }
        if (staging.get(array).byteSize() < bytes) {
            staging.set(array, Arena.ofAuto().allocate(bytes, 64));
        }
        return staging.get(array).asSlice(0, bytes);
    }

    /** The targets. */
    List<HostArray> targets() {
        return arrays.subList(inputs, inputs + targets);
    }

    /** The first samples and the rest, by a fraction for the rest. */
    List<Samples> split(double validationSplit) {
        int first = (int) Math.floor(count * (1 - validationSplit));
        if (first <= 0 || first >= count) {
            throw new IllegalArgumentException(
                    "[" + where + "] expected validationSplit to leave samples on both sides; " + "received " + count
                            + " samples, of which " + first + " would be trained on.");
        }
        return List.of(part(0, first), part(first, count));
    }

    private Samples part(int from, int to) {
        return of(
                where, split(arrays.stream().map(array -> array.rows(from, to)).toList()));
    }

    /** The samples of which each has its class's weight; 1 for a class without. */
    Samples weighted(java.util.Map<Integer, Double> classWeights) {
        HostArray weights = ClassWeights.of(where, classWeights, targets());
        return new Samples(where, arrays.subList(0, inputs), targets(), List.of(weights));
    }
}
