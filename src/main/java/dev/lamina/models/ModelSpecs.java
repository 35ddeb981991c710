package dev.lamina.models;

import dev.lamina.errors.TracedValueException;
import dev.lamina.layers.Layer;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a model gives for inputs of some specs, found by inference and kept until its structure changes. Builds the
 * model on the way.
 */
final class ModelSpecs {
    private final Model model;
    private final Runnable whenChanged;
    private final Map<List<TensorSpec>, Optional<List<TensorSpec>>> outputs = new HashMap<>();
    private List<Object> structure = List.of();

    /** @param whenChanged drops what was compiled for an earlier structure of the model */
    ModelSpecs(Model model, Runnable whenChanged) {
        this.model = model;
        this.whenChanged = whenChanged;
    }

    /** The outputs' specs for these inputs; empty for a model whose steps are its own and that has no {@code call}. */
    Optional<List<TensorSpec>> outputs(List<HostArray> x) {
        checkStructure();
        List<TensorSpec> inputs = x.stream().map(HostArray::spec).toList();
        Optional<List<TensorSpec>> known = outputs.get(inputs);
        if (known == null) {
            known = infer(x, inputs);
            checkStructure();
            outputs.put(inputs, known);
        }
        return known;
    }

    private Optional<List<TensorSpec>> infer(List<HostArray> x, List<TensorSpec> inputs) {
        try {
            return Optional.of(model.computeOutputSpecs(inputs));
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        } catch (TracedValueException e) {
            // The model looks at values; so it gets some.
            return Optional.of(Execution.withoutAssignments(() -> {
                try (Scope scope = Scope.open()) {
                    List<Tensor> values = x.stream().map(Ops::tensor).toList();
                    return model.apply(values, false).stream().map(Tensor::spec).toList();
                }
            }));
        }
    }

    /**
     * Compiled steps hold the model's parts, its variables and what was trainable (also tests do: penalties count for
     * trainable weights); after a freeze, or when a part was replaced, they are traced anew.
     */
    private void checkStructure() {
        List<Object> now = new ArrayList<>();
        for (Layer layer : model.flatten()) {
            now.add(layer);
            now.add(layer.trainable());
        }
        now.addAll(model.variables());
        if (!now.equals(structure)) {
            whenChanged.run();
            outputs.clear();
            structure = now;
        }
    }
}
