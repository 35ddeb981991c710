package dev.lamina.models;

import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tensors between a Sequential's layers, from when they are asked for until they would be others; for all threads
 * the same.
 */
final class SequentialTensors {
    private final Sequential model;
    private Optional<Made> last = Optional.empty();

    /** What the tensors depend on. */
    private record Source(String inputName, TensorSpec input, List<Layer> layers) {}

    private record Made(Source from, List<List<SymbolicTensor>> tensors) {}

    SequentialTensors(Sequential model) {
        this.model = model;
    }

    /** The input, of this spec, and each layer's outputs. Builds what is not built. */
    synchronized List<List<SymbolicTensor>> get(String inputName, TensorSpec input) {
        Source now = new Source(inputName, input, layers());
        Made made = last.filter(before -> before.from().equals(now)).orElseGet(() -> make(now));
        last = Optional.of(made);
        return made.tensors();
    }

    /** Lets go of the layers. */
    synchronized void forget() {
        last = Optional.empty();
    }

    /** All layers inside, those of each Sequential also in their order. */
    private List<Layer> layers() {
        List<Layer> all = new ArrayList<>();
        for (Layer part : model.flatten()) {
            all.add(part);
            if (part instanceof Sequential sequential) {
                all.addAll(sequential.inOrder());
            }
        }
        return all;
    }

    private Made make(Source source) {
        if (model.flatten().stream().skip(1).anyMatch(part -> !part.isBuilt())) {
            // Here, so that the weights are named after the model around them.
            model.computeOutputSpecs(List.of(source.input()));
        }
        List<List<SymbolicTensor>> tensors = new ArrayList<>();
        InputLayer first = new InputLayer(
                source.inputName(), source.input().shape(), source.input().dtype());
        tensors.add(List.of(first.output()));
        for (Layer layer : model.inOrder()) {
            tensors.add(layer.apply(List.<Tensor>copyOf(tensors.getLast())).stream()
                    .map(SymbolicTensor.class::cast)
                    .toList());
        }
        // Building may have made more layers.
        Source built = new Source(source.inputName(), source.input(), layers());
        return new Made(built, List.copyOf(tensors));
    }
}
