package dev.lamina.models;

import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * What one step works on, the same number of samples in each tensor.
 *
 * @param sampleWeights none, one for all outputs, or one for each
 */
public record Batch(List<Tensor> x, List<Tensor> y, List<Tensor> sampleWeights) {
    public Batch {
        x = List.copyOf(x);
        y = List.copyOf(y);
        sampleWeights = List.copyOf(sampleWeights);
    }

    public Batch(List<Tensor> x, List<Tensor> y) {
        this(x, y, List.of());
    }

    /** The number of samples. */
    public int size() {
        return x.get(0).shape().size(0);
    }

    /** The weights of an output's samples. */
    public Optional<Tensor> sampleWeight(int output) {
        if (sampleWeights.size() == 1) {
            return Optional.of(sampleWeights.get(0));
        }
        return output < sampleWeights.size() ? Optional.of(sampleWeights.get(output)) : Optional.empty();
    }
}
