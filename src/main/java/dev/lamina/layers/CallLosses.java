package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@link Layer#addLoss} was given in one call of a layer and the layers inside. Each call collects its own, so
 * that calls in several threads don't mix, and shows them when it is over. A compiled step keeps them, and puts them
 * back after each run, so that {@link Layer#losses} shows that step's values.
 */
public final class CallLosses {
    private final Map<Layer, List<Tensor>> losses = new LinkedHashMap<>();

    CallLosses() {}

    /** Of the last call. */
    public static CallLosses of(Layer layer) {
        CallLosses captured = new CallLosses();
        for (Layer part : layer.state().flatten()) {
            captured.losses.put(part, part.state().lastLosses());
        }
        return captured;
    }

    void add(Layer layer, Tensor loss) {
        losses.computeIfAbsent(layer, any -> new ArrayList<>()).add(loss);
    }

    /** What one layer has added. */
    List<Tensor> own(Layer layer) {
        return losses.getOrDefault(layer, List.of());
    }

    public List<Tensor> tensors() {
        List<Tensor> all = new ArrayList<>();
        losses.values().forEach(all::addAll);
        return all;
    }

    /** Makes these the losses of the last call of a layer, and of all layers inside. */
    void publish(Layer layer) {
        layer.flatten().forEach(part -> part.state().setLastLosses(own(part)));
        restore();
    }

    /** Makes these the losses of the last call again. */
    public void restore() {
        losses.forEach((layer, tensors) -> layer.state().setLastLosses(tensors));
    }
}
