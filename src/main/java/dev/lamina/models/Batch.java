package dev.lamina.models;

import dev.lamina.tensor.Tensor;
import java.util.List;

/** What one step works on: the inputs and the targets, the same number of samples in each. */
public record Batch(List<Tensor> x, List<Tensor> y) {
    public Batch {
        x = List.copyOf(x);
        y = List.copyOf(y);
    }

    /** The number of samples. */
    public int size() {
        return x.get(0).shape().size(0);
    }
}
