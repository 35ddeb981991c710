package dev.lamina.models;

import dev.lamina.layers.FieldScan;
import dev.lamina.layers.Layer;
import dev.lamina.metrics.Metric;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The metrics that a model and the layers inside hold in fields, as a training step of one's own needs them. */
final class FieldMetrics {
    private FieldMetrics() {}

    /** Each once. */
    static List<Metric> of(Layer model) {
        Set<Metric> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Metric> metrics = new ArrayList<>();
        for (Layer layer : model.flatten()) {
            FieldScan.visit(
                    layer,
                    value -> value instanceof Metric || value instanceof Layer || value instanceof Variable,
                    (name, value) -> {
                        if (value instanceof Metric metric && seen.add(metric)) {
                            metrics.add(metric);
                        }
                    });
        }
        return metrics;
    }
}
