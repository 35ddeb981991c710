package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@link Layer#addLoss} was given in one call of a layer and the layers inside. A compiled step keeps it, and puts
 * it back after each run, so that {@link Layer#losses} shows that step's values.
 */
public final class CallLosses {
    private final Map<Layer, List<Tensor>> losses = new LinkedHashMap<>();

    private CallLosses() {}

    /** Of the last call. */
    public static CallLosses of(Layer layer) {
        CallLosses captured = new CallLosses();
        for (Layer part : layer.state().flatten()) {
            captured.losses.put(part, part.state().callLosses());
        }
        return captured;
    }

    public List<Tensor> tensors() {
        List<Tensor> all = new ArrayList<>();
        losses.values().forEach(all::addAll);
        return all;
    }

    /** Makes these the losses of the last call again. */
    public void restore() {
        losses.forEach((layer, tensors) -> layer.state().restoreLosses(tensors));
    }
}
