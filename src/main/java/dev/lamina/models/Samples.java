package dev.lamina.models;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Arrays with the same number of samples along their first axis, handed out in batches. */
final class Samples {
    private final List<HostArray> arrays;
    private final int inputs;
    private final int count;
    private final int[] order;
    private boolean ordered = true;
    private List<MemorySegment> staging = List.of();

    /** @param where the method's name, for the error when the numbers of samples differ */
    Samples(String where, List<HostArray> x, List<HostArray> y) {
        arrays = new ArrayList<>(x);
        arrays.addAll(y);
        inputs = x.size();
        if (x.isEmpty()) {
            throw new IllegalArgumentException("[" + where + "] expected at least one input array; received none.");
        }
        for (HostArray array : arrays) {
            if (array.shape().rank() == 0) {
                throw new ShapeException(
                        "[" + where + "] expected arrays whose first axis counts samples; received shapes "
                                + arrays.stream().map(HostArray::shape).toList() + ".");
            }
        }
        count = x.get(0).shape().size(0);
        if (arrays.stream().anyMatch(array -> array.shape().size(0) != count)) {
            throw new ShapeException("[" + where + "] expected the same number of samples in all arrays; received x "
                    + x.stream().map(array -> array.shape().size(0)).toList() + " and y "
                    + y.stream().map(array -> array.shape().size(0)).toList() + ".");
        }
        order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
    }

    int count() {
        return count;
    }

    int inputs() {
        return inputs;
    }

    int steps(int batchSize) {
        return Math.ceilDiv(count, batchSize);
    }

    /** The inputs' and then the targets' specs of a batch. */
    List<TensorSpec> specs(int batch) {
        return arrays.stream()
                .map(array -> new TensorSpec(array.shape().withSize(0, batch), array.dtype()))
                .toList();
    }

    /** Puts the samples in a random order (Fisher and Yates). */
    void shuffle(Random random) {
        ordered = false;
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /** The samples {@code from} to {@code to} of the present order, an array each; valid until the next call. */
    List<HostArray> batch(int from, int to) {
        if (ordered) {
            return arrays.stream().map(array -> array.rows(from, to)).toList();
        }
        List<HostArray> batch = new ArrayList<>();
        for (int a = 0; a < arrays.size(); a++) {
            HostArray array = arrays.get(a);
            long row = array.rowBytes();
            MemorySegment target = staging(a, row * (to - from));
            for (int i = from; i < to; i++) {
                MemorySegment.copy(array.data(), order[i] * row, target, (i - from) * row, row);
            }
            batch.add(HostArray.over(target, array.shape().withSize(0, to - from), array.dtype()));
        }
        return batch;
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
        return arrays.subList(inputs, arrays.size());
    }

    /** The first samples and the rest. */
    List<Samples> split(String where, int first) {
        if (first <= 0 || first >= count) {
            throw new IllegalArgumentException(
                    "[" + where + "] expected validationSplit to leave samples on both sides; " + "received " + count
                            + " samples, of which " + first + " would be trained on.");
        }
        return List.of(part(where, 0, first), part(where, first, count));
    }

    private Samples part(String where, int from, int to) {
        List<HostArray> rows =
                arrays.stream().map(array -> array.rows(from, to)).toList();
        return new Samples(where, rows.subList(0, inputs), rows.subList(inputs, rows.size()));
    }
}
