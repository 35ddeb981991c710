package dev.lamina.models;

import dev.lamina.metrics.Mean;
import dev.lamina.metrics.Metric;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;

/**
 * What a compiled model measures: the loss, the losses of several outputs, the compiled metrics and those in fields of
 * the model and its layers.
 */
final class Measures implements AutoCloseable {
    private final Model model;
    private final Mean loss = new Mean("loss");
    private final CompiledLosses losses;
    private final CompiledMetrics metrics;
    private boolean tookLoss;

    Measures(Model model, CompileOptions options) {
        this.model = model;
        this.losses = new CompiledLosses(model, options);
        this.metrics = new CompiledMetrics(model, options, losses);
    }

    CompiledLosses losses() {
        return losses;
    }

    CompiledMetrics metrics() {
        return metrics;
    }

    void trackLoss(Tensor value, Batch batch) {
        loss.update(value, batch.size());
        tookLoss = true;
    }

    /** Whether {@link #trackLoss} was called since this was last asked. */
    boolean tookLoss() {
        boolean took = tookLoss;
        tookLoss = false;
        return took;
    }

    /** The compiled metrics, then those in fields. */
    List<Metric> allMetrics() {
        List<Metric> all = new ArrayList<>(metrics.named().values());
        FieldMetrics.of(model).stream().filter(metric -> !all.contains(metric)).forEach(all::add);
        return all;
    }

    private List<Metric> everything() {
        List<Metric> all = new ArrayList<>(List.of(loss));
        all.addAll(losses.trackers().values());
        all.addAll(allMetrics());
        return all;
    }

    /** The state of everything measured, in a fixed order. */
    List<Variable> variables() {
        return everything().stream()
                .flatMap(metric -> metric.variables().stream())
                .toList();
    }

    void reset() {
        everything().forEach(Metric::reset);
    }

    /**
     * The present values by Keras's names, in Keras's order, that of the names.
     *
     * @param more values that a step returned
     * @param tracksLoss whether the step gives its loss to {@link #trackLoss}; without it there is none to show
     */
    Map<String, DoubleSupplier> values(Map<String, DoubleSupplier> more, boolean tracksLoss) {
        Map<String, DoubleSupplier> values = new TreeMap<>();
        if (tracksLoss) {
            values.put("loss", loss::value);
        }
        losses.trackers().forEach((name, tracker) -> values.put(name, tracker::value));
        metrics.named().forEach((name, metric) -> values.put(name, metric::value));
        for (Metric metric : allMetrics()) {
            if (!metrics.named().containsValue(metric)) {
                values.put(metric.name(), metric::value);
            }
        }
        values.putAll(more);
        return new LinkedHashMap<>(values);
    }

    /** Before another compile: frees all but the metrics that the caller made. */
    void release() {
        metrics.closeMade();
        losses.close();
        loss.close();
    }

    @Override
    public void close() {
        metrics.closeAll();
        losses.close();
        loss.close();
    }
}
