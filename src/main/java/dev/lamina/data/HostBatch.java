package dev.lamina.data;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples in host memory, along the first axis of every array: what one step works on.
 *
 * @param x the model's inputs, at least one
 * @param y the targets; none for a model without
 * @param sampleWeights what each sample's loss is multiplied by: none, one array for all outputs, or one for each
 */
public record HostBatch(List<HostArray> x, List<HostArray> y, List<HostArray> sampleWeights) {
    public HostBatch {
        x = List.copyOf(x);
        y = List.copyOf(y);
        sampleWeights = List.copyOf(sampleWeights);
        if (x.isEmpty()) {
            throw new IllegalArgumentException("[batch] expected at least one input array; received none.");
        }
        checkCounts("batch", x, y, sampleWeights);
    }

    public static HostBatch of(HostArray x) {
        return new HostBatch(List.of(x), List.of(), List.of());
    }

    public static HostBatch of(HostArray x, HostArray y) {
        return new HostBatch(List.of(x), List.of(y), List.of());
    }

    public static HostBatch of(HostArray x, HostArray y, HostArray sampleWeights) {
        return new HostBatch(List.of(x), List.of(y), List.of(sampleWeights));
    }

    /** The number of samples. */
    public int size() {
        return x.get(0).shape().size(0);
    }

    /** The inputs, then the targets, then the weights. */
    public List<HostArray> arrays() {
        List<HostArray> all = new ArrayList<>(x);
        all.addAll(y);
        all.addAll(sampleWeights);
        return all;
    }

    /**
     * Arrays with different numbers of samples, or without an axis for them, are a {@link ShapeException}.
     *
     * @param where the method's name, for the error
     */
    public static void checkCounts(String where, List<HostArray> x, List<HostArray> y, List<HostArray> sampleWeights) {
        List<HostArray> all = new ArrayList<>(x);
        all.addAll(y);
        all.addAll(sampleWeights);
        if (all.stream().anyMatch(array -> array.shape().rank() == 0)) {
            throw new ShapeException("[" + where + "] expected arrays whose first axis counts samples; received shapes "
                    + all.stream().map(HostArray::shape).toList() + ".");
        }
        int count = x.get(0).shape().size(0);
        if (all.stream().anyMatch(array -> array.shape().size(0) != count)) {
            throw new ShapeException("[" + where + "] expected the same number of samples in all arrays; received x "
                    + counts(x) + " and y " + counts(y)
                    + (sampleWeights.isEmpty() ? "" : " and sampleWeights " + counts(sampleWeights)) + ".");
        }
    }

    private static List<Integer> counts(List<HostArray> arrays) {
        return arrays.stream().map(array -> array.shape().size(0)).toList();
    }
}
